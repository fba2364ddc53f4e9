/* Says where each chosen file stands in its folder, which a form alone does not send. Without it all are taken as one folder. */
"use strict";
for (const form of document.querySelectorAll("form[data-folder]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const input of form.querySelectorAll("input[type=file]")) {
      for (const file of input.files) formData.append("path", file.webkitRelativePath || file.name);
    }
  });
}
