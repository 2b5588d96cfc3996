"use client";

import { Menu, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import {
  IconBell,
  IconDeviceDesktop,
  IconDeviceLaptop,
  IconHelp,
  IconLogout,
  IconMoon,
  IconSettings,
  IconSun,
  IconUserCircle,
} from "@tabler/icons-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { allHelpFrom } from "#lib/help/routes.ts";
import classes from "./shell.module.css";

export interface ShellUser {
  readonly name: string;
  readonly email: string;
  readonly roleLabel: string;
  readonly mayUsers: boolean;
  readonly mayAudit: boolean;
  /** Staff and above: the practice's nights. */
  readonly mayNights: boolean;
  /** Advisers and above: what the packages' use costs. */
  readonly mayUsage: boolean;
  /** Staff and above: the staff's pages. Without it a person has their own company's few. */
  readonly mayConsole: boolean;
}

const SCHEMES = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "Same as device", icon: IconDeviceDesktop },
] as const;

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return `${words[0]?.[0] ?? ""}${words.at(-1)?.[0] ?? ""}`.toUpperCase();
}

/** Who is signed in, the colour scheme, and the way out. */
export function UserMenu({ user }: { readonly user: ShellUser }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const pathname = usePathname();

  async function leave() {
    // Loaded when it is wanted: every page carries this menu.
    const { signOut } = await import("next-auth/react");
    await signOut({ redirect: false });
    window.location.assign("/sign-in");
  }

  return (
    <Menu position="top-start" width={224} withinPortal>
      <Menu.Target>
        <button type="button" className={classes.user}>
          <span className={classes.avatar} aria-hidden>
            {initials(user.name)}
          </span>
          <span className={classes.userText}>
            {/* The name is made of what is seen: a label of its own would have to repeat it letter by letter, initials too. */}
            <span className={classes.userName}>{user.email}</span> <span className={classes.userRole}>{user.roleLabel}</span>
            <VisuallyHidden>, your menu</VisuallyHidden>
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Colours</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(SCHEMES.find((one) => one.value === value)?.value ?? "auto")}
        >
          {SCHEMES.map(({ value, label, icon: Icon }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<Icon size={16} aria-hidden />}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        {user.mayUsers && (
          <Menu.Item component={Link} href="/settings/users" leftSection={<IconSettings size={16} aria-hidden />}>
            Users
          </Menu.Item>
        )}
        {user.mayConsole && (
          <Menu.Item component={Link} href="/settings/alerts" leftSection={<IconBell size={16} aria-hidden />}>
            Alerts
          </Menu.Item>
        )}
        <Menu.Item component={Link} href={allHelpFrom(pathname)} leftSection={<IconHelp size={16} aria-hidden />}>
          Help
        </Menu.Item>
        <Menu.Item component={Link} href="/settings/profile" leftSection={<IconUserCircle size={16} aria-hidden />}>
          Your profile
        </Menu.Item>
        <Menu.Item component={Link} href="/settings/sessions" leftSection={<IconDeviceLaptop size={16} aria-hidden />}>
          Your sessions
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
