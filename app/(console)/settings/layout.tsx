export { PracticeLayout as default } from "../practice-layout.tsx";
