/** The module loader: bundles known by their manifests, started by stanzas, replaced while mail flows. */
@NullMarked
package org.impetusmta.core.module;

import org.jspecify.annotations.NullMarked;
