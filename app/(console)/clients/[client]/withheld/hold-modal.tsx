"use client";

import { ReasonModal } from "#components/ui/reason-modal.tsx";

const WORDS = {
  hold: {
    verb: "Hold",
    what: "It leaves Pending Export and is not sent until someone releases it. Everyone can see who held it and why.",
    example: "Price disputed",
  },
  ignore: {
    verb: "Ignore",
    what: "It leaves Error Feedback and its count, and is not sent until someone stops ignoring it under Not in Pending Export. Everyone can see who ignored it, why, and the error.",
    example: "A test invoice from last year",
  },
  dismiss: {
    verb: "Dismiss",
    what: "It leaves the list for good. Nothing changes in the package. Everyone can see who dismissed it and why.",
    example: "Refunded by cheque",
  },
} as const;

/** Asks why something is held back; everybody sees the answer. */
export function HoldModal({
  what,
  how = "hold",
  onClose,
  onHold,
}: {
  /** "INV-58104", "3 rows"; null while closed. */
  readonly what: string | null;
  /** `ignore`: rows of Error Feedback; `dismiss`: work that a correction leaves. */
  readonly how?: keyof typeof WORDS;
  readonly onClose: () => void;
  /** Answers what went wrong, or null. */
  readonly onHold: (reason: string) => Promise<string | null>;
}) {
  return (
    <ReasonModal
      opened={what !== null}
      title={`${WORDS[how].verb} ${what ?? ""}`}
      about={WORDS[how].what}
      placeholder={WORDS[how].example}
      verb={WORDS[how].verb}
      onClose={onClose}
      onReason={onHold}
    />
  );
}
