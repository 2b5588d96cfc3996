"use client";

import { Menu } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import classes from "./grid.module.css";

/** One entry of a grid's Actions, for the button's menu and for a row's context menu alike. */
export interface GridAction {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  /** Why it cannot be done now; absent when it can. */
  readonly blocked?: string;
  readonly run: () => void;
  /** Leads there, in a tab of its own; `run` is then not called. */
  readonly href?: string;
  /** A line stands above it. */
  readonly apart?: boolean;
}

/** A menu's entries; one that cannot be done says why. */
export function ActionItems({ actions }: { readonly actions: readonly GridAction[] }) {
  return actions.map((action) => {
    const words = (
      <>
        {action.label}
        {action.blocked !== undefined && <span className={classes.blocked}>{action.blocked}</span>}
      </>
    );
    return (
      <Fragment key={action.id}>
        {action.apart === true && <Menu.Divider />}
        {action.href === undefined ? (
          <Menu.Item leftSection={action.icon} disabled={action.blocked !== undefined} onClick={action.run}>
            {words}
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={action.icon} component="a" href={action.href} target="_blank" rel="noreferrer">
            {words}
          </Menu.Item>
        )}
      </Fragment>
    );
  });
}
