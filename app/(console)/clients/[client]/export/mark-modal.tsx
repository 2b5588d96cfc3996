"use client";

import { Notice } from "#components/ui/notice.tsx";
import { ReasonModal } from "#components/ui/reason-modal.tsx";
import { countWords } from "#lib/common/count-words.ts";

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
  const [move, are] = count === 1 ? ["It moves", "is"] : ["They move", "are"];
  return (
    <ReasonModal
      opened={count !== null}
      title={`Mark ${countWords(count ?? 0, "row", locale)} as exported`}
      about={`${move} to Exported Successfully without a tick, and ${are} never sent to ${packageName} until the mark is undone.`}
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
