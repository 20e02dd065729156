// Front-channel logout: goes on to the application once every frame of the page has loaded, or failed to.
// Without scripts, or while one frame hangs, the page's own refresh goes on after a few seconds.
addEventListener("load", () => {
  const onward = document.getElementById("return");
  if (onward) location.replace(onward.href);
});
