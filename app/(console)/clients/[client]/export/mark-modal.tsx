"use client";

import { formatCount } from "#components/grid/words.ts";
import { Notice } from "#components/ui/notice.tsx";
import { ReasonModal } from "#components/ui/reason-modal.tsx";

/** Mark as exported asks why, and says what retyping by hand means. */
export function MarkModal({
  count,
  packageName,
  locale,
  onClose,
  onMark,
}: {
  /** Null while closed. */
  readonly count: number | null;
  readonly packageName: string;
  readonly locale: string;
  readonly onClose: () => void;
  /** Answers what went wrong, or null. */
  readonly onMark: (reason: string) => Promise<string | null>;
}) {
  const until = `are never sent to ${packageName} until the mark is undone.`;
  return (
    <ReasonModal
      opened={count !== null}
      title={`Mark ${formatCount(count ?? 0, locale)} as exported`}
      about={`They move to Exported Successfully without a tick, and ${until}`}
      placeholder={`Already entered in ${packageName} by hand`}
      warning={
        <Notice kind="warning">
          Re-typing a record by hand breaks the digital link that VAT rules require. Mark only records that need not be sent.
        </Notice>
      }
      verb="Mark as exported"
      onClose={onClose}
      onReason={onMark}
    />
  );
}
