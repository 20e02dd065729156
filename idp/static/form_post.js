// While the page still loads: Back then leads over it.
document.getElementById("continue").click();
