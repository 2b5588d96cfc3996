/** Why nothing comes back over a one-way connection. */
export const ONE_WAY =
  "This connection is one-way: records are sent, nothing is read back. An adviser can change it under Setup.";
