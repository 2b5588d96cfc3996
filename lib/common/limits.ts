/** The most characters of the words that rows are searched for. */
export const MOST_WORDS = 100;
