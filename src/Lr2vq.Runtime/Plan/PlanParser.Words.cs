using System;
using System.Globalization;
using System.Text;

namespace Lr2vq.Plans;

/// <content>Lines and words.</content>
internal sealed partial class PlanParser
{
    private string Quoted()
    {
        Symbol('"');
        var value = new StringBuilder();
        while (true)
        {
            if (_position >= _line.Length) throw Wrong("a quoted text does not end");
            char c = _line[_position++];
            if (c == '"') return value.ToString();
            if (c == '\\') c = Escaped();
            value.Append(c);
        }
    }

    private char Escaped()
    {
        char c = _position < _line.Length ? _line[_position++] : throw Wrong("a quoted text does not end");
        switch (c)
        {
            case '"' or '\\' or '/': return c;
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'b': return '\b';
            case 'f': return '\f';
            case 'u' when _position + 4 <= _line.Length
                && int.TryParse(_line.Substring(_position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code):
                _position += 4;
                return (char)code;
            default: throw Wrong("'\\" + c + "' is not an escape");
        }
    }

    private bool NextLine()
    {
        do
        {
            if (_next >= _text.Length) return false;
            int end = _text.IndexOf('\n', _next);
            if (end < 0) end = _text.Length;
            _line = _text.Substring(_next, end - _next).TrimEnd('\r', ' ');
            _next = end + 1;
            if (++_number > MaximumLines) throw Wrong("there are more than 262144 lines");
            _position = 0;
        }
        while (_line.Length == 0);
        return true;
    }

    /// <summary>Everything up to the next blank.</summary>
    private string Word() => Until(static c => c == ' ');

    /// <summary>A word inside brackets: it also ends before a comma or a closing bracket.</summary>
    private string Identifier() => Until(static c => c is ' ' or ',' or '(' or ')' or '[' or ']');

    private string Until(Func<char, bool> isEnd)
    {
        int start = Blanks();
        while (_position < _line.Length && !isEnd(_line[_position])) _position++;
        return _position > start ? _line.Substring(start, _position - start) : throw Wrong("a word is missing");
    }

    private void Keyword(string expected)
    {
        if (Word() != expected) throw Wrong("'" + expected + "' is expected");
    }

    private int Number(int least, int most)
    {
        string word = Word();
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw Wrong("'" + Shorten(word) + "' is not a number that fits here");
    }

    private int Blanks()
    {
        while (_position < _line.Length && _line[_position] == ' ') _position++;
        return _position;
    }

    private char Peek() => Blanks() < _line.Length ? _line[_position] : '\0';

    private bool TrySymbol(char expected)
    {
        if (Peek() != expected) return false;
        _position++;
        return true;
    }

    private void Symbol(char expected)
    {
        if (!TrySymbol(expected)) throw Wrong("'" + expected + "' is expected");
    }

    private void EndOfLine()
    {
        if (Blanks() != _line.Length) throw Wrong("the line should end before '" + Shorten(_line.Substring(_position)) + "'");
    }

    /// <summary>A letter or underscore, then letters, digits and underscores, at most 64 of them.</summary>
    private static bool IsName(string text)
    {
        if (text.Length is 0 or > 64 || text[0] is >= '0' and <= '9') return false;
        foreach (char c in text)
            if (c is not (>= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '_')) return false;
        return true;
    }

    private static bool IsHash(string text)
    {
        if (text.Length != 64) return false;
        foreach (char c in text)
            if (c is not (>= '0' and <= '9' or >= 'a' and <= 'f')) return false;
        return true;
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text.Substring(0, 57) + "...";

    private PlanFormatException Wrong(string message) => new(_number, message);
}
