// Front-channel logout: goes on to the application once every frame of the page has loaded, or failed to. A frame that
// hangs is not waited for longer than the page says; without scripts the page's own refresh goes on.
(() => {
  const seconds = Number(document.currentScript.dataset.seconds);
  const goOn = () => location.replace(document.getElementById("return").href);
  addEventListener("load", goOn);
  setTimeout(goOn, seconds * 1000);
})();
