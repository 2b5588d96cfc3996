/**
 * Signs a demo person in over HTTP, as the form does it; answers the cookies as `name` and `value`.
 *
 * @throws {Error} when the console refuses
 */
export async function signInCookies(url: string, email: string, password: string): Promise<{ name: string; value: string }[]> {
  const jar = new Map<string, string>();
  const keep = (answer: Response) => {
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
  };
  const asked = await fetch(`${url}/api/auth/csrf`);
  keep(asked);
  const told: unknown = await asked.json();
  const csrfToken = typeof told === "object" && told !== null && "csrfToken" in told ? String(told.csrfToken) : "";
  const answer = await fetch(`${url}/api/auth/callback/credentials`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: url, Cookie: header(jar) },
    body: new URLSearchParams({ csrfToken, email, password, json: "true", callbackUrl: url }),
  });
  keep(answer);
  if (answer.status !== 200) throw new Error(`${email} was not signed in: ${answer.status}`);
  return [...jar].map(([name, value]) => ({ name, value }));
}

function header(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
}
