import classes from "./ui.module.css";

/** One key, as the hints in a grid's foot show it. */
export function Kbd({ children }: { readonly children: string }) {
  return <kbd className={classes.kbd}>{children}</kbd>;
}
