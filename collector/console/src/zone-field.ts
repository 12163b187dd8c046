/**
 * zone-field: in which time zone hours are hours. Empty = the collector's own.
 *
 * A field to write into, with a list to choose from: browsers list some zones under their old names alone (Chromium
 * has Asia/Calcutta), and the collector knows all names.
 */
import { el } from "./element.ts";

/** @param chosen IANA name, or "" for the collector's zone. @param here the zone of this device. */
export function zoneField(chosen: string, here: string, onChange: (zone: string) => void): HTMLElement {
  const known = [...new Set([here, "UTC", ...Intl.supportedValuesOf("timeZone")])].map((value) => el("option", { value }));
  const more = { placeholder: "Collector's", autocomplete: "off", spellcheck: "false" };
  const input = el("input", { name: "zone", type: "search", list: "zones", value: chosen, ...more });
  input.addEventListener("change", () => onChange(input.value.trim()));
  const box = field("Time zone", input);
  box.append(el("datalist", { id: "zones" }, ...known));
  return box;
}

/** A control with its label above. */
export function field(label: string, control: HTMLElement): HTMLElement {
  return el("label", { class: "field" }, el("span", {}, label), control);
}
