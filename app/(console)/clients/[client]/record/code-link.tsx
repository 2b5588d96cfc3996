import Link from "next/link";

/** A nominal or tax code as the link to its own page; a code that the chart does not have stands as it is. */
export function CodeLink({
  code,
  ids,
  base,
  of,
}: {
  readonly code: string | null;
  readonly ids: ReadonlyMap<string, string>;
  /** `/clients/slug`. */
  readonly base: string;
  readonly of: "nominal-codes" | "tax-codes";
}) {
  if (code === null) return "none";
  const id = ids.get(code);
  return id === undefined ? (
    code
  ) : (
    <Link href={`${base}/${of}/${id}`} prefetch={false}>
      {code}
    </Link>
  );
}
