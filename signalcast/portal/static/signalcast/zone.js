// Where nobody chose a time zone yet, the browser's own is offered. Without this module it is chosen.
const select = document.querySelector("select[name=zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select && !select.value && [...select.options].some(({ value }) => value === own)) {
  select.value = own;
}
