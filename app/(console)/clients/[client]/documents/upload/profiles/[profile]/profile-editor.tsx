"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useCallback, useMemo, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import type { ImportProfile } from "#lib/operational/profile.ts";
import { deleteImportProfile, saveImportProfile } from "../../../actions.ts";
import classes from "../../../records.module.css";
import upload from "../../upload.module.css";
import { ColumnFields } from "./column-fields.tsx";
import { LivePreview } from "./live-preview.tsx";
import { type Change, DefaultsPart, DocumentsPart, NamePart, RulesPart, WrittenPart } from "./profile-parts.tsx";

/** The parts that are rules and lists: shown as they are stored, for whoever needs more than one default. */
const RULES = ["nominalRules", "taxRules", "nominalCodes", "taxCodes", "setAside"] as const;

function rulesText(profile: ImportProfile): string {
  return JSON.stringify(Object.fromEntries(RULES.map((part) => [part, profile[part]])), null, 2);
}

function rulesOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Edits a profile and shows, line by line, how a sample would be understood by it. */
export function ProfileEditor({
  clientSlug,
  locale,
  start,
  isNew,
}: {
  clientSlug: string;
  locale: string;
  start: ImportProfile;
  isNew: boolean;
}) {
  const router = useRouter();
  const [profile, setProfile] = useState(start);
  const [rules, setRules] = useState(() => rulesText(start));
  const [offered, setOffered] = useState<readonly string[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [busy, begin] = useTransition();
  const change: Change = useCallback(
    (part) => setProfile((now) => ({ ...now, ...(typeof part === "function" ? part(now) : part) })),
    [],
  );
  // Each preview names the headings; the fields that offer them are drawn anew only where they are others.
  const offer = useCallback((headers: readonly string[]) => {
    const next = [...new Set(headers.filter((header) => header !== ""))];
    setOffered((now) => (now.length === next.length && next.every((header, at) => header === now[at]) ? now : next));
  }, []);
  const parsed = useMemo(() => rulesOf(rules), [rules]);
  const definition = useMemo(() => ({ ...profile, ...parsed }), [profile, parsed]);
  const base = `/clients/${clientSlug}/documents/upload/profiles`;

  const save = () =>
    begin(async () => {
      setError(null);
      if (parsed === null) return setError("The rules are not valid JSON: a bracket, comma or quotation mark is missing.");
      const answer = await saveImportProfile({ clientId: clientSlug, profile: definition, isNew });
      if (!answer.ok) return setError(answer.error.message);
      router.push(base);
      router.refresh();
    });
  const remove = () =>
    begin(async () => {
      const answer = await deleteImportProfile({ clientId: clientSlug, name: start.name });
      if (!answer.ok) return setError(answer.error.message);
      router.push(base);
      router.refresh();
    });

  return (
    <div className={classes.stack}>
      <NamePart
        title={profile.title}
        name={profile.name}
        kind={profile.kind}
        description={profile.description}
        isNew={isNew}
        change={change}
      />
      <LivePreview
        clientSlug={clientSlug}
        locale={locale}
        definition={parsed === null ? null : definition}
        isNew={isNew}
        onHeaders={offer}
      />
      <Panel title="Columns" aside="matched by heading; capitals, spaces and punctuation are ignored">
        <ColumnFields kind={profile.kind} columns={profile.columns} offered={offered} change={change} />
      </Panel>
      <WrittenPart
        encoding={profile.encoding}
        separator={profile.separator}
        headerRow={profile.headerRow}
        decimalMark={profile.decimalMark}
        belowZero={profile.belowZero}
        dateFormats={profile.dateFormats}
        change={change}
      />
      {profile.kind === "documents" && (
        <DocumentsPart
          kinds={profile.kinds}
          creditNoteAmounts={profile.creditNoteAmounts}
          headOnce={profile.headOnce}
          voidStatuses={profile.voidStatuses}
          notUsed={profile.notUsed}
          product={profile.product}
          offered={offered}
          change={change}
        />
      )}
      <DefaultsPart currency={profile.currency} dueDays={profile.dueDays} contact={profile.contact} change={change} />
      {profile.kind === "documents" && <RulesPart rules={rules} isBroken={parsed === null} onRules={setRules} />}
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <div className={upload.buttons}>
        <Button onClick={save} loading={busy}>
          Save profile
        </Button>
        <Button variant="default" onClick={() => router.push(base)} disabled={busy}>
          Cancel
        </Button>
        {!isNew && (
          <Button variant="default" color="red" onClick={remove} disabled={busy}>
            Delete profile
          </Button>
        )}
      </div>
    </div>
  );
}
