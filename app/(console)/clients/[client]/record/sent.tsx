import { PlainTable } from "#components/ui/page.tsx";
import type { SentWords } from "#lib/posting/sent-words.ts";
import classes from "./timeline.module.css";

/** A record as it was sent, in fields that read. */
export function Sent({ sent }: { readonly sent: SentWords }) {
  return (
    <>
      <dl className={classes.fields}>
        {sent.fields.map(({ label, value, link }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{link ? <a href={value}>{value}</a> : value}</dd>
          </div>
        ))}
      </dl>
      {sent.lines && (
        <PlainTable label="Lines that were sent">
          <thead>
            <tr>
              {sent.lines.columns.map((column) => (
                <th key={column.label} scope="col" data-align={column.figure ? "end" : undefined}>
                  {column.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sent.lines.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their position
              <tr key={index}>
                {row.map((cell, at) => {
                  const column = sent.lines?.columns[at];
                  return (
                    <td key={column?.label} data-align={column?.figure ? "end" : undefined}>
                      {cell}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </>
  );
}
