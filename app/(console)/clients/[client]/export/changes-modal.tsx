"use client";

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { formatCount } from "#components/grid/words.ts";
import { PlainTable } from "#components/ui/page.tsx";
import type { HeldPostings } from "#db/queries/held-changes.ts";
import { formatAmount } from "#lib/common/money.ts";

/** Upload data asks before it changes what the package holds, with old and new amounts. */
export function ChangesModal({
  changes,
  packageName,
  locale,
  onClose,
  onUpload,
}: {
  /** Null while closed. */
  readonly changes: HeldPostings | null;
  readonly packageName: string;
  readonly locale: string;
  readonly onClose: () => void;
  readonly onUpload: () => Promise<string | null>;
}) {
  const [busy, setBusy] = useState(false);
  const count = changes?.count ?? 0;
  const more = count - (changes?.first.length ?? 0);
  const amount = (minor: string, currency: string) => `${currency} ${formatAmount(BigInt(minor), currency, locale)}`;
  return (
    <Modal opened={changes !== null} onClose={onClose} title={`Change what ${packageName} holds?`} centered>
      <Stack gap="sm">
        <Text size="sm">
          {count === 1 ? "One of the selected documents is" : `${formatCount(count, locale)} of the selected documents are`}{" "}
          already in {packageName}. Uploading changes {count === 1 ? "it" : "them"} there.
        </Text>
        <PlainTable label={`What changes in ${packageName}`}>
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col">There now</th>
              <th scope="col">Becomes</th>
            </tr>
          </thead>
          <tbody>
            {(changes?.first ?? []).map((one) => (
              <tr key={`${one.kind} ${one.reference} ${one.beforeMinor} ${one.afterMinor}`}>
                <td>{one.reference}</td>
                <td>{amount(one.beforeMinor, one.currency)}</td>
                <td>
                  {one.voids ? "Void" : amount(one.afterMinor, one.currency)}
                  {one.settledThere && ": it will be held, as it is paid or credited there"}
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
        {more > 0 && <Text size="sm">And {formatCount(more, locale)} more.</Text>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={busy}
            data-autofocus
            onClick={() => {
              setBusy(true);
              void onUpload()
                .then((error) => error === null && onClose())
                .finally(() => setBusy(false));
            }}
          >
            Upload and change {count === 1 ? "it" : "them"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
