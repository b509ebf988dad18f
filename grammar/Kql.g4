// KQL, the Kibana Query Language.
//
// The reference is a parsing expression grammar over characters. This is the same language as an
// LL(1) grammar over tokens, so that the first token without a place is where the reference reports
// its error. What makes that possible:
//   - AND and OR own the blanks on both sides, NOT those that follow it; without them the letters
//     are a part of a literal. Their blanks are why `a:b and(c:d)` is an error.
//   - What must be followed by an operand (OPEN, BRACE_OPEN, COLON, RANGE) owns the blanks that
//     follow, so that `a: or b` is the value `or b`.
//   - `not` and a blank end a literal even in mid-word (`cannot open`): as a WORD has no n or N
//     after its first letter, a NOT always begins where a token begins, and wins by length.
//   - A literal is the text from its first piece to its last, blanks between them included. Its
//     escapes, wildcards and words (null, true, false) are read in grammar/literal.cc.
// Leading blanks of the query are skipped before the lexer starts, since ` or b` is a literal.
// The lexer sees bytes, all of them below 128: see LexerView in grammar/parse.cc.
grammar Kql;

query          : anyOf? EOF ;
anyOf          : allOf (OR allOf)* ;
allOf          : operand (AND operand)* ;
operand        : NOT? (OPEN anyOf CLOSE | leaf) ;
leaf           : literal (COLON (BRACE_OPEN anyOf BRACE_CLOSE | values) | RANGE literal)? ;

values         : OPEN anyValue CLOSE | literal ;
anyValue       : allValues (OR allValues)* ;
allValues      : valueOperand (AND valueOperand)* ;
valueOperand   : NOT? values ;

literal        : QUOTED | (WORD | LETTER_N | STAR | ESCAPE)+ ;

OR             : SP+ [oO] [rR] SP+ ;
AND            : SP+ [aA] [nN] [dD] SP+ ;
NOT            : [nN] [oO] [tT] SP+ ;

OPEN           : '(' SP* ;
CLOSE          : ')' ;
BRACE_OPEN     : '{' SP* ;
BRACE_CLOSE    : '}' ;
COLON          : ':' SP* ;
RANGE          : ('<=' | '>=' | '<' | '>') SP* ;

QUOTED         : '"' (~["\\] | '\\' .)* '"' ;

WORD           : [nN]? ~[ \t\r\n\\():<>"*{}nN]+ ;
LETTER_N       : [nN] ;
STAR           : '*' ;
// `\not` is a line break and `ot`: the escape of the keyword needs its capital.
ESCAPE         : '\\' ( [trn] | [\\():<>"*{}] | 'u' HEX HEX HEX HEX
                      | [oO] [rR] | [aA] [nN] [dD] | 'N' [oO] [tT] ) ;

BLANKS         : SP+ -> skip ;
// A backslash that escapes nothing, or a quote that is never closed.
UNEXPECTED     : . ;

fragment SP    : [ \t\r\n] ;
fragment HEX   : [0-9a-fA-F] ;
