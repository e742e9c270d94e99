/** A latchkey. */
export const MARK = `<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28" viewBox="0 0 24 24" fill="none" stroke="#c77700" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="8" cy="8" r="5"/><path d="m11.5 11.5 9 9m-4-4 2.5-2.5"/></svg>`;

/** For the head. GraphiQL would have the whole window, and everything side by side. */
export const STYLE = `<meta name="viewport" content="width=device-width, initial-scale=1" />
<style>
  body { display: flex; flex-direction: column; height: 100vh; height: 100dvh; }
  #root { flex: 1; min-height: 0; }
  #root .graphiql-container { width: 100%; height: 100%; }
  #root .graphiql-logo { color: inherit; }
  #door {
    --line: light-dark(#6b7280, #8b97aa);
    color-scheme: light dark;
    padding: 6px 12px; border-bottom: 1px solid light-dark(#cbd1da, #394459);
    font: 14px/1.4 Roboto, sans-serif; color: light-dark(#1f2937, #e5e9f0); background: light-dark(#eef0f4, #161c27);
  }
  body.graphiql-light #door { color-scheme: light; }
  body.graphiql-dark #door { color-scheme: dark; }
  #door, #door form, #door .inside { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; }
  #door [hidden] { display: none; }
  #door p { margin: 0; }
  #door label { display: flex; flex: 1 0 13em; align-items: baseline; gap: 6px; }
  #door input { flex: 1; min-width: 0; }
  #door input, #door button, #door .role { border: 1px solid var(--line); border-radius: 4px; }
  #door input, #door button {
    padding: 3px 8px; font: inherit; color: inherit; background: light-dark(#fff, #212a3b);
  }
  #door button { cursor: pointer; }
  #door .role { padding: 0 6px; font-size: 12px; }
  #door :focus-visible { outline: 2px solid light-dark(#1d4ed8, #93b4ff); outline-offset: 1px; }
  @media (max-width: 700px) {
    #root .graphiql-main, #root #graphiql-session { flex-direction: column; }
    #root .graphiql-horizontal-drag-bar, #root .graphiql-logo { display: none; }
    #door label { flex-basis: 100%; }
  }
</style>`;

/** What browser/panel.ts brings to life. */
export const DOOR = `<header id="door">
  <form aria-label="Sign in or up">
    <label>Email <input name="email" type="email" autocomplete="username" required /></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
    <button>Sign in</button>
    <button value="signup">Sign up</button>
    <button type="button" class="forgotten">Forgotten password</button>
  </form>
  <form class="again" aria-label="Once more">
    <label>Password, once more <input type="password" autocomplete="current-password" required /></label>
    <button>Go on</button>
    <button value="cancel" formnovalidate>Cancel</button>
  </form>
  <form class="link" aria-label="What a mail asks for">
    <input name="newPassword" type="password" autocomplete="new-password" aria-label="New password" placeholder="New password" />
    <button></button>
  </form>
  <div class="inside" hidden>
    <span class="who"></span> <span class="role"></span>
    <button type="button">Sign out</button>
  </div>
  <p role="status"></p>
</header>`;
