/** Why nothing comes back over a one-way connection. */
export const ONE_WAY = "This connection is one-way: data goes out, nothing comes back. An adviser can change it under Setup.";
