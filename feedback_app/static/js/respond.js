"use strict";
// The page works without this. With it, a reply that got lost on the way may be sent again:
// the same identifier means the same response.
(function () {
  var form = document.forms[0];
  var id = form.elements.response_id;
  if (!id.value && window.crypto && crypto.getRandomValues) {
    var hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return (byte + 256).toString(16).slice(1);
    }).join("");
    id.value = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
})();
