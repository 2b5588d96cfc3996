import { SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { errorHelpHref, helpHref, isOwnScreen, SCREEN_IDS } from "./routes.ts";
import { SCREENS } from "./screens.ts";

/** One page of help by its title, for the search of the top bar. */
export interface HelpTitle {
  readonly title: string;
  readonly href: string;
}

/** The pages that no screen and no error has. */
export const CHECKLIST_TITLE = "Why isn\u2019t this syncing?";
export const PACKAGES_TITLE = "What works with each package";

const MOST = 4;
/** Fewer letters begin too many titles, and are looked for in records. */
const LEAST_LETTERS = 3;

const wordsOf = (text: string): readonly string[] =>
  text
    .replaceAll("\u2019", "'")
    .toLowerCase()
    .split(/[^\p{L}\p{N}'&]+/u)
    .filter(Boolean);

/**
 * The pages of help whose titles hold words that begin with each of the typed ones; "help" before them is left out, alone it leads to the
 * list. At most four, so that records keep their place.
 * @param works false for a client's own person, who has few of the screens
 */
export function titlesOf(typed: string, client: string | null, works = true): readonly HelpTitle[] {
  const words = wordsOf(typed);
  if (words.join("").length < LEAST_LETTERS) return [];
  const [first, ...others] = words;
  if (first === "help" && others.length === 0) return [{ title: "All help", href: helpHref("", client) }];
  const sought = first === "help" ? others : words;
  const all: readonly HelpTitle[] = [
    { title: CHECKLIST_TITLE, href: helpHref("/why", client) },
    { title: PACKAGES_TITLE, href: helpHref("/packages", client) },
    ...SCREEN_IDS.filter((id) => works || isOwnScreen(id)).map((id) => ({
      title: SCREENS[id].title,
      href: helpHref(`/screens/${id}`, client),
    })),
    ...(Object.keys(SYNC_ERRORS) as SyncErrorCode[]).map((code) => ({
      title: SYNC_ERRORS[code].title,
      href: errorHelpHref(code, null, client),
    })),
  ];
  return all
    .filter(({ title }) => {
      const own = wordsOf(title);
      return sought.every((word) => own.some((one) => one.startsWith(word)));
    })
    .slice(0, MOST);
}
