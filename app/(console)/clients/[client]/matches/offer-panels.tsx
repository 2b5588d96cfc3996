"use client";

import { Button } from "@mantine/core";
import Link from "next/link";
import { formatCount } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";
import { Heads, Panel, PlainTable } from "#components/ui/page.tsx";
import type { LinkOffer } from "#db/queries/links/link-offers.ts";
import type { LinkCandidate } from "#db/schema/postings.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { type PackageSite, packageLink } from "#lib/connectors/deep-link.ts";
import { ClearLink } from "../record/link-state.tsx";
import { createAtOffers, linkAllAtOffers, linkAtOffer, ruleOutAtOffer } from "./actions.ts";
import classes from "./matches.module.css";
import { doubtWords, reasonWords } from "./offer-words.ts";
import { useAnswer } from "./use-answer.ts";

/** One list of offers as the page read it, with the name by which its one click is taken. */
export interface OfferGroup {
  readonly offers: readonly LinkOffer[];
  readonly hash: string;
  /** With those that do not stand on the page. */
  readonly count: number;
}

/** Customers, suppliers and products that the package may hold already: the sure ones in one click, the others one by one. */
export function OfferPanels({
  clientId,
  sure,
  archived,
  unsure,
  fresh,
  packageName,
  site,
  locale,
  mayAnswer,
}: {
  readonly clientId: string;
  readonly sure: OfferGroup;
  readonly archived: OfferGroup;
  readonly unsure: OfferGroup;
  /** Nothing there is like them, and the connection creates nothing unasked. */
  readonly fresh: OfferGroup;
  readonly packageName: string;
  readonly site: PackageSite | null;
  readonly locale: string;
  readonly mayAnswer: boolean;
}) {
  const { put, busy, failed } = useAnswer();
  const ruleOut = (offer: LinkOffer, theirs: LinkCandidate) =>
    put(
      () => ruleOutAtOffer({ clientId, offerId: offer.id, externalId: theirs.externalId }),
      `${offer.name} is not ${theirs.name}.`,
    );
  const notThis = (offer: LinkOffer, theirs: LinkCandidate) => (
    <Button
      variant="default"
      size="compact-sm"
      disabled={busy}
      aria-label={`Not this one: ${offer.name} is not ${theirs.name} in ${packageName}`}
      onClick={() => ruleOut(offer, theirs)}
    >
      Not this one
    </Button>
  );
  const create = (offer: LinkOffer) => (
    <Button
      variant="default"
      size="compact-sm"
      disabled={busy}
      aria-label={`Create ${offer.name} in ${packageName}`}
      onClick={() =>
        put(() => createAtOffers({ clientId, offerIds: [offer.id] }), `${offer.name} will be created in ${packageName}.`)
      }
    >
      Create
    </Button>
  );
  const names = { clientId, packageName, site };
  const bulk = (group: "sure" | "archived", { offers, hash, count }: OfferGroup, title: string, words: string) =>
    offers.length > 0 && (
      <Panel
        title={title}
        aside={formatCount(count, locale)}
        actions={
          mayAnswer && (
            <Button
              size="compact-md"
              disabled={busy}
              onClick={() =>
                put(
                  () => linkAllAtOffers({ clientId, group, hash }),
                  `${formatCount(offers.length, locale)} linked. Nothing in ${packageName} is changed.`,
                )
              }
            >
              Link all {formatCount(offers.length, locale)}
            </Button>
          )
        }
      >
        <p className={classes.words}>{words}</p>
        <PlainTable label={`Records: ${title}`}>
          <Heads columns={["Here", packageName, "Why", ...(mayAnswer ? ["Answer"] : [])]} />
          <tbody>
            {offers.map((offer) => {
              const theirs = offer.candidates[0];
              return (
                theirs && (
                  <tr key={offer.id} id={`offer-${offer.recordId}`}>
                    <td>
                      <Ours offer={offer} {...names} />
                    </td>
                    <td>
                      <Theirs offer={offer} theirs={theirs} {...names} />
                    </td>
                    <td>{reasonWords(theirs)}</td>
                    {mayAnswer && <td>{notThis(offer, theirs)}</td>}
                  </tr>
                )
              );
            })}
          </tbody>
        </PlainTable>
        {count > offers.length && (
          <p className={classes.words}>{formatCount(count - offers.length, locale)} more will be shown once these are linked.</p>
        )}
      </Panel>
    );
  return (
    <>
      {failed && <Notice kind="bad">{failed}</Notice>}
      {bulk(
        "sure",
        sure,
        "Ready to link",
        `${packageName} already has these. Each has one match with no doubt. Linking changes nothing in ${packageName}.`,
      )}
      {bulk(
        "archived",
        archived,
        `Archived in ${packageName}`,
        `Each has one match, which is archived in ${packageName}. Once linked, its invoices wait until someone restores the contact there.`,
      )}
      {unsure.offers.length > 0 && (
        <Panel title="Which one is it?" aside={formatCount(unsure.count, locale)}>
          <p className={classes.words}>
            Until you answer, these and their documents are not sent. Create makes a new record in {packageName}.
          </p>
          <PlainTable label="Customers, suppliers and products to decide">
            <Heads columns={["Whose", "Name", "Why", "Answer"]} />
            {unsure.offers.map((offer) => (
              <tbody key={offer.id} id={`offer-${offer.recordId}`} aria-label={offer.name} className={classes.question}>
                <tr>
                  <th scope="row">{offer.what === "merge" ? "Linked here" : "Here"}</th>
                  <td>
                    <Ours offer={offer} {...names} />
                  </td>
                  <td>{offer.what === "merge" ? `Its contact was merged in ${packageName}` : ""}</td>
                  <td>
                    {mayAnswer && offer.what === "match" && create(offer)}
                    {mayAnswer && offer.what === "merge" && (
                      <ClearLink
                        postingId={offer.postingId}
                        reference={offer.name}
                        clientId={clientId}
                        wording={{ packageName }}
                      />
                    )}
                  </td>
                </tr>
                {offer.candidates.map((theirs) => (
                  <tr key={theirs.externalId}>
                    <th scope="row">{packageName}</th>
                    <td>
                      <Theirs offer={offer} theirs={theirs} {...names} />
                    </td>
                    <td>
                      {reasonWords(theirs)}
                      {theirs.doubts.length > 0 && <span className={classes.why}>{doubtWords(theirs)}</span>}
                    </td>
                    <td>
                      {mayAnswer && (
                        <span className={classes.answers}>
                          <Button
                            size="compact-sm"
                            disabled={busy}
                            aria-label={`Link ${offer.name} to ${theirs.name} in ${packageName}`}
                            onClick={() =>
                              put(
                                () => linkAtOffer({ clientId, offerId: offer.id, externalId: theirs.externalId }),
                                `${offer.name} is linked to ${theirs.name}.`,
                              )
                            }
                          >
                            Link
                          </Button>
                          {offer.what === "match" && notThis(offer, theirs)}
                        </span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            ))}
          </PlainTable>
          {unsure.count > unsure.offers.length && (
            <p className={classes.words}>
              {formatCount(unsure.count - unsure.offers.length, locale)} more will be shown as you answer these.
            </p>
          )}
        </Panel>
      )}
      {fresh.offers.length > 0 && (
        <Panel
          title={`New to ${packageName}`}
          aside={formatCount(fresh.count, locale)}
          actions={
            mayAnswer && (
              <Button
                size="compact-md"
                disabled={busy}
                onClick={() =>
                  put(
                    () => createAtOffers({ clientId, offerIds: fresh.offers.map((offer) => offer.id) }),
                    `${formatCount(fresh.offers.length, locale)} will be created in ${packageName}.`,
                  )
                }
              >
                Create all {formatCount(fresh.offers.length, locale)}
              </Button>
            )
          }
        >
          <p className={classes.words}>
            {packageName} has nothing like these, and this connection asks before it creates anything. Until you answer, these and
            their documents are not sent.
          </p>
          <PlainTable label={`Records new to ${packageName}`}>
            <Heads columns={["Here", ...(mayAnswer ? ["Answer"] : [])]} />
            <tbody>
              {fresh.offers.map((offer) => (
                <tr key={offer.id} id={`offer-${offer.recordId}`}>
                  <td>
                    <Ours offer={offer} {...names} />
                  </td>
                  {mayAnswer && <td>{create(offer)}</td>}
                </tr>
              ))}
            </tbody>
          </PlainTable>
          {fresh.count > fresh.offers.length && (
            <p className={classes.words}>
              {formatCount(fresh.count - fresh.offers.length, locale)} more follow once these are answered.
            </p>
          )}
        </Panel>
      )}
    </>
  );
}

interface Place {
  readonly clientId: string;
  readonly packageName: string;
  readonly site: PackageSite | null;
}

function Ours({ offer, clientId }: Place & { readonly offer: LinkOffer }) {
  return (
    <>
      <Link href={`/clients/${clientId}${recordPath(offer.kind, offer.recordId)}`} prefetch={false} className={classes.link}>
        {offer.name}
      </Link>
      <span className={classes.why}>
        {[KIND_LABELS[offer.kind], offer.reference, offer.email, offer.taxNumber && `VAT number ${offer.taxNumber}`]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </>
  );
}

function Theirs({ offer, theirs, site, packageName }: Place & { readonly offer: LinkOffer; readonly theirs: LinkCandidate }) {
  const href = site && packageLink(site, offer.kind, theirs.externalId);
  const more = [theirs.number, theirs.email, theirs.taxNumber && `VAT number ${theirs.taxNumber}`].filter(Boolean).join(" · ");
  return (
    <>
      {theirs.name}
      {href !== null && (
        <>
          {" "}
          <a
            href={href}
            target="_blank"
            rel="noreferrer"
            className={classes.link}
            aria-label={`Open in ${packageName}: ${theirs.name}`}
          >
            Open in {packageName}
          </a>
        </>
      )}
      <span className={classes.why}>{more === "" ? "No number or e-mail" : more}</span>
    </>
  );
}
