import { IconCircleCheckFilled } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./sign-in.module.css";

export default function SignInLayout({ children }: { children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <p className={classes.brand}>
          <IconCircleCheckFilled size={26} aria-hidden />
          Greentick
        </p>
        {children}
      </div>
    </main>
  );
}
