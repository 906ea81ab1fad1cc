// Keeps the token for as long as the tab is open, and puts it into the requests that are tried.
const api = document.getElementById("api");
const field = document.getElementById("token");
const STORED = "freehold.token";

const apply = () => {
  const token = field.value.trim().replace(/^bearer\s+/i, "");
  if (token) {
    sessionStorage.setItem(STORED, token);
    api.setApiKey("bearer", token);
  } else {
    sessionStorage.removeItem(STORED);
    api.removeAllSecurityKeys();
  }
};

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const paint = () => {
  api.setAttribute("theme", dark.matches ? "dark" : "light");
  api.setAttribute("bg-color", dark.matches ? "#16181d" : "#ffffff");
  api.setAttribute("text-color", dark.matches ? "#d9dce3" : "#22262e");
  api.setAttribute("nav-bg-color", dark.matches ? "#1d2026" : "#f5f6f8");
  api.setAttribute("nav-text-color", dark.matches ? "#d9dce3" : "#22262e");
  api.setAttribute("primary-color", dark.matches ? "#7aa2ff" : "#2f5bd7");
};

paint();
dark.addEventListener("change", paint);
field.value = sessionStorage.getItem(STORED) ?? "";
field.addEventListener("input", apply);
api.addEventListener("spec-loaded", (event) => {
  if (field.value) {
    apply();
  }
  // Outside of the component, where a test can see that it has understood the description.
  const tags = event.detail?.tags ?? [];
  document.body.dataset.operations = String(tags.reduce((sum, tag) => sum + tag.paths.length, 0));
});
