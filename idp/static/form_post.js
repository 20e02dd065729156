// Sends an authorization response on its way (form_post.html) while the page still loads: browsers then put what comes
// next in its place, so that Back leads over it. Written for old browsers, too.
document.getElementById("continue").click();
