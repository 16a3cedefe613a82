export const id = 838;
export const ids = [838];
export const modules = {

/***/ 5838:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   live: () => (/* binding */ live)
/* harmony export */ });
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8175);

async function live(inputs, _actions) {
    throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .SeatrialError */ .CP('NOT_SUPPORTED', `mode ${inputs.mode} is not there yet; use replay.`);
}


/***/ })

};
