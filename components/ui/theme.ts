import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** Buttons and focus are ink: green is kept for "selected" and "seen". */
const ink: MantineColorsTuple = [
  "#f1f3f6",
  "#e2e6ec",
  "#c5cdd8",
  "#9aa6b6",
  "#748296",
  "#566477",
  "#4d5b6e",
  "#36424f",
  "#242d38",
  "#171d25",
];

/** The product's green: a selected row, a confirmed tick. */
const tick: MantineColorsTuple = [
  "#e3f6ec",
  "#cdeedd",
  "#9fddbd",
  "#6cca9a",
  "#3eb97c",
  "#1fa866",
  "#159957",
  "#0a7a43",
  "#056635",
  "#034a26",
];

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  colors: { ink, tick },
  primaryColor: "ink",
  primaryShade: { light: 8, dark: 6 },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  fontSizes: { xs: "12px", sm: "13.5px", md: "14px", lg: "16px", xl: "18px" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "18px", lineHeight: "1.4" },
      h2: { fontSize: "14px", lineHeight: "1.4" },
      h3: { fontSize: "13.5px", lineHeight: "1.4" },
    },
  },
  components: {
    Button: { defaultProps: { size: "xs" }, styles: { root: { fontSize: "13px", fontWeight: 600 } } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm" } },
    Menu: { defaultProps: { shadow: "md" } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Dismiss this message" } } },
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    // A page has one banner, the console's own: a dialogue's head is none.
    ModalHeader: { defaultProps: { component: "div" } },
    Tooltip: { defaultProps: { withArrow: true } },
  },
});
