/** What excluding, or including again, did to the rows. */
export function movedWords(
  excluded: boolean,
  moved: { readonly names: readonly string[]; readonly out: number; readonly back: number },
): string {
  const number = new Intl.NumberFormat("en-GB");
  const [first = ""] = moved.names;
  const who = moved.names.length === 1 ? first : `${number.format(moved.names.length)} records`;
  const one = moved.names.length === 1;
  const rows = (count: number) => `${number.format(count)} ${count === 1 ? "row" : "rows"}`;
  return excluded
    ? `${who} ${one ? "is" : "are"} excluded. ${moved.out === 0 ? "Nothing was pending." : `${rows(moved.out)} left Pending Export.`}`
    : `${who} ${one ? "is" : "are"} included again. ${moved.back === 0 ? "Nothing is pending." : `${rows(moved.back)} back in Pending Export.`}`;
}
