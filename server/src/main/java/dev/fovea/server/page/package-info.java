/**
 * The web page of a server, and the description of its interface.
 *
 * <p>Files that never change while the server runs: HTML, style, script and {@code openapi.json}.
 * They run under a strict content security policy: nothing inline, nothing from elsewhere. {@link
 * dev.fovea.server.page.WebPage} finds them by the path of a request.
 */
@NullMarked
package dev.fovea.server.page;

import org.jspecify.annotations.NullMarked;
