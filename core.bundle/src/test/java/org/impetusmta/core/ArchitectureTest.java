package org.impetusmta.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The rules of dependency of the architecture, as far as the core is concerned. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.impetusmta");

  @Test
  void the_api_knows_only_java_and_osgi_annotations() {
    noClasses()
        .that()
        .resideInAPackage("org.impetusmta.api..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(
            "java..", "org.impetusmta.api..", "org.osgi.annotation..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void netty_stays_in_the_net_package() {
    noClasses()
        .that()
        .resideInAPackage("org.impetusmta.core..")
        .and()
        .resideOutsideOfPackage("org.impetusmta.core.net..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(CLASSES);
  }

  @Test
  void threads_are_made_where_they_are_owned() {
    noClasses()
        .that()
        .resideInAPackage("org.impetusmta.core..")
        .and()
        .resideOutsideOfPackages(
            "org.impetusmta.core.net..",
            "org.impetusmta.core.log..",
            "org.impetusmta.core.console..")
        .should()
        .callConstructor(Thread.class, Runnable.class)
        .orShould()
        .callConstructor(Thread.class, Runnable.class, String.class)
        .orShould()
        .callMethod(Thread.class, "ofVirtual")
        .orShould()
        .callMethod(Thread.class, "ofPlatform")
        .check(CLASSES);
  }

  @Test
  void config_comes_before_hooks_before_queues() {
    noClasses()
        .that()
        .resideInAPackage("org.impetusmta.core.config..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.impetusmta.core.hook..",
            "org.impetusmta.core.queue..",
            "org.impetusmta.core.reception..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage("org.impetusmta.core.hook..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.impetusmta.core.queue..", "org.impetusmta.core.reception..")
        .check(CLASSES);
  }

  @Test
  void what_may_be_said_comes_before_what_is_said() {
    noClasses()
        .that()
        .resideInAPackage("org.impetusmta.core.config.option")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.impetusmta.core.config")
        .check(CLASSES);
  }

  @Test
  void packages_of_the_core_form_no_cycle() {
    slices().matching("org.impetusmta.core.(*)..").should().beFreeOfCycles().check(CLASSES);
  }
}
