import { Moment } from "#components/ui/date-text.tsx";
import { Panel } from "#components/ui/page.tsx";
import { Differences } from "../export/cells.tsx";
import { WhatThisMeans } from "../export/what-this-means.tsx";
import { reasonWords, stoppedCode } from "../export/words.ts";
import { ownFixerWords, ownNextWords } from "../own-words.ts";
import type { RecordRead } from "./read.ts";
import { StandingState } from "./standing.tsx";
import classes from "./timeline.module.css";
import { withheldWords } from "./words.ts";

/** Where a record stands, for a client's own person: its state, why, and who puts it right. Nothing of it is a button. */
export function OwnStanding({ record }: { readonly record: RecordRead }) {
  const { standing, wording, site } = record;
  const stopped = standing && stoppedCode(standing);
  const detail = standing?.panel === "errors" ? standing.errorDetail : (standing?.precheckDetail ?? null);
  return (
    <Panel title={site === null ? "In the package" : `In ${wording.packageName}`} padded>
      {standing === null ? (
        <p className={classes.words}>
          {site === null ? "No accounting package is connected yet." : `Nothing has been sent to ${wording.packageName} yet.`}
        </p>
      ) : (
        <div className={classes.standing}>
          <dl className={classes.fields}>
            <div>
              <dt>State</dt>
              <dd>
                <StandingState standing={standing} wording={wording} />
              </dd>
            </div>
            {standing.exportedAt && (
              <div>
                <dt>Sent</dt>
                <dd>
                  <Moment at={standing.exportedAt} timeZone={wording.timeZone} locale={wording.locale} />
                </dd>
              </div>
            )}
            {standing.confirmedAt && (
              <div>
                <dt>Last seen</dt>
                <dd>
                  <Moment at={standing.confirmedAt} timeZone={wording.timeZone} locale={wording.locale} />
                </dd>
              </div>
            )}
            {stopped !== null && (
              <>
                <div>
                  <dt>Why</dt>
                  <dd>
                    {reasonWords(stopped, detail, standing.kind, wording)}. <WhatThisMeans code={stopped} wording={wording} />
                  </dd>
                </div>
                <div>
                  <dt>Who fixes it</dt>
                  <dd>
                    {ownFixerWords(stopped)}. {ownNextWords(stopped)}
                  </dd>
                </div>
              </>
            )}
            {stopped === null && standing.aside !== null && (
              <div>
                <dt>Why</dt>
                <dd>Your accountant has set it aside: {withheldWords(standing.aside, standing.errorCode)}</dd>
              </div>
            )}
          </dl>
          {standing.differences && standing.differences.length > 0 && <Differences row={standing} wording={wording} />}
        </div>
      )}
    </Panel>
  );
}
