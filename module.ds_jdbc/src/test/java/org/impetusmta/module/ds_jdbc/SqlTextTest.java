package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is a parameter and what only looks like one. */
final class SqlTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '~',
      value = {
        "ANY        ! select a from t where b = :name   ! select a from t where b = ? ! name",
        "ANY        ! b=:x and c=:y_2 or d=:x           ! b=? and c=? or d=?          ! x y_2 x",
        "ANY        ! b = ? and c = :y                  ! b = ? and c = ?             ! - y",
        "ANY        ! ':no' || '?' || 'it''s :no'       ! ':no' || '?' || 'it''s :no' ! ~~",
        "ANY        ! \"col:no\" = :yes                 ! \"col:no\" = ?              ! yes",
        "ANY        ! `a?` = :yes -- :no ?              ! `a?` = ? -- :no ?           ! yes",
        "ANY        ! /* :no ? */ :yes                  ! /* :no ? */ ?               ! yes",
        "ANY        ! [a:no] = :yes                     ! [a:no] = ?                  ! yes",
        "ANY        ! '10:30' < :t and x = 12:34        ! '10:30' < ? and x = 12:34   ! t",
        "ANY        ! 'unterminated :no                 ! 'unterminated :no           ! ~~",
        "ANY        ! x := 1                            ! x := 1                      ! ~~",
        "POSTGRESQL ! :v::text = $$ :no ? $$            ! ?::text = $$ :no ? $$       ! v",
        "POSTGRESQL ! $a$ :no $$ $a$ = :yes             ! $a$ :no $$ $a$ = ?          ! yes",
        "POSTGRESQL ! E'\\':no' = :yes                  ! E'\\':no' = ?               ! yes",
        "POSTGRESQL ! '\\' = :yes                       ! '\\' = ?                    ! yes",
        "POSTGRESQL ! /* /* :no */ :no */ :yes          ! /* /* :no */ :no */ ?       ! yes",
        "POSTGRESQL ! a[1:2] ?? :k                      ! a[1:2] ?? ?                 ! k",
        "POSTGRESQL ! a[:i]                             ! a[?]                        ! i",
        "MYSQL      ! '\\':no' = :yes # :no             ! '\\':no' = ? # :no          ! yes",
        "SQLITE     ! '\\' = :yes # :alsoyes            ! '\\' = ? # ?                ! yes"
            + " alsoyes",
      })
  void parameters(String dialect, String text, String sql, String names) {
    SqlText read = SqlText.of(text, SqlText.Dialect.valueOf(dialect));
    assertThat(read.sql()).isEqualTo(sql);
    List<String> expected =
        names.isEmpty()
            ? List.of()
            : List.of(names.split(" ")).stream().map(n -> n.equals("-") ? "" : n).toList();
    assertThat(read.names()).isEqualTo(expected);
  }

  @Test
  void values_are_in_the_order_of_the_parameters() throws Exception {
    SqlText text = SqlText.of(":b ? :a ?", SqlText.Dialect.ANY);
    Query query = new Query("", List.of("1", "2"), Map.of("a", "A", "b", "B", "c", "unused"));
    assertThat(text.values(query)).containsExactly("B", "1", "A", "2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "? ?  | the query has 2 of ?, but there are 1 values",
        "''   | the query has 0 of ?, but there are 1 values",
        "? :a | the query has :a, for which there is no value",
      })
  void values_that_do_not_fit_are_refused(String text, String expected) {
    SqlText read = SqlText.of(text, SqlText.Dialect.ANY);
    assertThatThrownBy(() -> read.values(Query.of("", "1")))
        .isInstanceOf(DatasourceException.class)
        .hasMessage(expected);
  }
}
