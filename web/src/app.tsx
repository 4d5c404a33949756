// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { isReadOnly } from "./api";
import { Help } from "./help";
import icon from "./icon.svg";
import { onKey } from "./keys";
import { SessionList } from "./list";
import { SessionView } from "./session";
import { dialog, notice, place, readOnly, theme } from "./state";

function ThemeButton() {
  const next = { auto: "dark", dark: "light", light: "auto" } as const;
  return (
    <button
      class="quiet"
      onClick={() => (theme.value = next[theme.value])}
      title="Colours: automatic, dark, light"
    >
      <span aria-hidden="true">{{ auto: "◐", dark: "●", light: "○" }[theme.value]}</span>
      <span class="sr">Colours: {theme.value}</span>
    </button>
  );
}

function NoticeBar() {
  const value = notice.value;
  return (
    <div class="notices" role="status" aria-live="polite">
      {value && (
        <div class={value.bad ? "notice bad" : "notice"}>
          <span>{value.text}</span>
          {value.undo && (
            <button
              onClick={() => {
                value.undo?.();
                notice.value = null;
              }}
            >
              Undo
            </button>
          )}
          <button
            class="quiet"
            onClick={() => (notice.value = null)}
            aria-label="Close the message"
          >
            ×
          </button>
        </div>
      )}
    </div>
  );
}

export function App() {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    isReadOnly().then(
      (value) => (readOnly.value = value),
      () => {},
    );
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const { view, id } = place.value;
  return (
    <div class={view === "session" ? "app has-session" : "app"}>
      <header class="top">
        <a class="brand" href="#/">
          <img src={icon} alt="" width="22" height="22" /> Everturn
        </a>
        <span class="grow" />
        <button
          class="quiet"
          onClick={() => (dialog.value = "help")}
          aria-label="Keyboard and help"
          title="Help (?)"
        >
          ?
        </button>
        <ThemeButton />
      </header>
      <SessionList />
      {view === "session" ? (
        <SessionView key={id} id={id} />
      ) : (
        <main class="nothing" id="main">
          <p>Choose a session. Nothing here changes a transcript unless you ask for it.</p>
        </main>
      )}
      <NoticeBar />
      {dialog.value === "help" && <Help />}
    </div>
  );
}
