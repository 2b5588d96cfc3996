"use client";

import { AppShell, Burger } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheckFilled } from "@tabler/icons-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import type { NavLink, NavSection } from "./nav.ts";
import { Search } from "./search.tsx";
import classes from "./shell.module.css";
import { type ShellUser, UserMenu } from "./user-menu.tsx";

function isCurrent(link: NavLink, pathname: string): boolean {
  return pathname === link.href || (link.exact !== true && pathname.startsWith(`${link.href}/`));
}

function Links({ links, onGo }: { readonly links: readonly NavLink[]; readonly onGo: () => void }) {
  const pathname = usePathname();
  return (
    <ul className={classes.links}>
      {links.map((link) => (
        <li key={link.href}>
          <Link
            href={link.href}
            className={classes.link}
            aria-current={isCurrent(link, pathname) ? "page" : undefined}
            prefetch={false}
            onClick={onGo}
          >
            <link.icon size={18} stroke={1.7} aria-hidden />
            {link.label}
            {link.count !== undefined && <span className={classes.count}>{link.count}</span>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The frame of every signed-in page: navigation at the left (folded below 768 px), the top bar, the red bar, the page. */
export function Shell({
  sections,
  foot = [],
  user,
  bar,
  slug = null,
  alert,
  children,
}: {
  readonly sections: readonly NavSection[];
  readonly foot?: readonly NavLink[];
  readonly user: ShellUser;
  readonly bar: ReactNode;
  /** The client that is open: its records are searched. */
  readonly slug?: string | null;
  readonly alert?: ReactNode;
  readonly children: ReactNode;
}) {
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      layout="alt"
      header={{ height: 50 }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !opened } }}
      transitionDuration={0}
      withBorder={false}
    >
      <a href="#page" className={classes.skip}>
        Skip to the page
      </a>
      <AppShell.Navbar className={classes.navbar} data-folded={!opened} component="nav" aria-label="Console">
        <div className={classes.brandRow}>
          <Link href="/" className={classes.brand} prefetch={false}>
            <IconCircleCheckFilled size={22} aria-hidden />
            Greentick
          </Link>
          <Burger opened onClick={close} hiddenFrom="sm" size="sm" aria-label="Close the navigation" />
        </div>
        {sections.map((section) => (
          <div key={section.title ?? "first"}>
            {section.title !== undefined && <p className={classes.section}>{section.title}</p>}
            <Links links={section.links} onGo={close} />
          </div>
        ))}
        <div className={classes.foot}>
          <Links links={foot} onGo={close} />
          <UserMenu user={user} />
        </div>
      </AppShell.Navbar>
      <AppShell.Header className={classes.header}>
        <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Open the navigation" />
        {bar}
        <Search slug={slug} works={user.mayConsole} />
      </AppShell.Header>
      <AppShell.Main className={classes.main}>
        {alert}
        <div className={classes.page} id="page" tabIndex={-1}>
          {children}
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
