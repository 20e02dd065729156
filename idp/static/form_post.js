// Sends an authorization response on its way (form_post.html). The button stays for whoever comes back to the page:
// a code that was posted already is not posted again by itself. Written for old browsers, too.
(function () {
  var form = document.getElementById("form-post");
  form.addEventListener("submit", function () { history.replaceState({ sent: true }, ""); });
  if (history.state && history.state.sent) return;
  document.getElementById("continue").click();
})();
