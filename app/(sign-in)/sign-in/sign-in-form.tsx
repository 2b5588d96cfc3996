"use client";

import { Button, PasswordInput, TextInput } from "@mantine/core";
import { signIn } from "next-auth/react";
import { type FormEvent, useRef, useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import classes from "../sign-in.module.css";

function wordsFor(error: string): string {
  const limited = /^limited:(\d+)$/.exec(error);
  if (limited) {
    const minutes = Math.ceil(Number(limited[1]) / 60);
    return `Too many attempts. Try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`;
  }
  if (error === "credentials" || error === "CredentialsSignin") {
    return "That e-mail and password don't match. Check both; the password is case-sensitive.";
  }
  return "Sign-in failed. Try again; if it still fails, ask an administrator.";
}

export function SignInForm({
  next,
  singleSignOn,
  refusedByProvider,
}: {
  next: string;
  singleSignOn: string | null;
  refusedByProvider: boolean;
}) {
  const [error, setError] = useState<string | null>(
    refusedByProvider ? "Single sign-on did not let you in. Ask an administrator whether you have an account here." : null,
  );
  const [busy, setBusy] = useState(false);
  const password = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    const answer = await signIn("credentials", {
      redirect: false,
      email: String(given.get("email") ?? ""),
      password: String(given.get("password") ?? ""),
      callbackUrl: next,
    }).catch(() => undefined);
    if (answer?.ok && !answer.error) {
      // A whole new page: nothing of the signed-out one is kept.
      window.location.assign(next);
      return;
    }
    setBusy(false);
    setError(wordsFor(answer?.error ?? "unreachable"));
    password.current?.select();
    password.current?.focus();
  }

  return (
    <>
      <form className={classes.form} onSubmit={submit} method="post">
        {error !== null && <Notice kind="bad">{error}</Notice>}
        <TextInput label="E-mail" name="email" type="email" autoComplete="username" required autoFocus withAsterisk={false} />
        <PasswordInput
          ref={password}
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ "aria-label": "Show password", tabIndex: 0 }}
        />
        <Button type="submit" size="sm" loading={busy} fullWidth>
          Sign in
        </Button>
      </form>
      {singleSignOn !== null && (
        <>
          <p className={classes.or}>or</p>
          <Button variant="default" size="sm" fullWidth onClick={() => signIn(singleSignOn, { callbackUrl: next })}>
            Sign in with your organisation
          </Button>
        </>
      )}
    </>
  );
}
