export const id = 140;
export const ids = [140];
export const modules = {

/***/ 140:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   cacheRoot: () => (/* binding */ cacheRoot),
/* harmony export */   openWorkspace: () => (/* binding */ openWorkspace)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6760);
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8175);




const within = (folder, path) => {
    const way = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.relative)(folder, path);
    return way === '' || (!way.startsWith('..') && !(0,node_path__WEBPACK_IMPORTED_MODULE_2__.isAbsolute)(way));
};
/** Folders of this run. Nothing gets a fixed name in the workspace: steps may run side by side there. */
function openWorkspace(env, context, reportDir) {
    const root = env.GITHUB_WORKSPACE || process.cwd();
    const base = env.RUNNER_TEMP || (0,node_os__WEBPACK_IMPORTED_MODULE_1__.tmpdir)();
    const chosen = reportDir ? (0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(root, reportDir) : undefined;
    if (chosen && within((0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(root, context), chosen)) {
        throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .SeatrialError */ .CP('INPUT_INVALID', 'report-dir: lies inside the context and would go into the next image; choose a folder outside it.');
    }
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(base, { recursive: true });
    const temp = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdtempSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(base, 'seatrial-'));
    const reports = chosen ?? (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdtempSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(base, 'seatrial-reports-'));
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(reports, { recursive: true });
    const remove = () => {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(temp, { recursive: true, force: true });
        if (!chosen && (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)(reports).length === 0)
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmdirSync)(reports); // a run that stopped early leaves nothing
    };
    return { root, temp, reports, remove };
}
/** Where things are kept between runs on a machine that stays. */
const cacheRoot = (env) => (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(env.XDG_CACHE_HOME || (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(env.HOME || (0,node_os__WEBPACK_IMPORTED_MODULE_1__.homedir)(), '.cache'), 'seatrial');


/***/ })

};
