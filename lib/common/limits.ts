/** The most characters of the words that rows are searched for. */
export const MOST_WORDS = 100;

/** The most rows that a file of a list holds: more does not open well anywhere. */
export const MOST_FILE_ROWS = 500_000;
