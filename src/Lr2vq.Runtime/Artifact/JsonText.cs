using System;
using System.Buffers.Text;
using System.Text;

namespace Lr2vq.Artifacts;

/// <summary>Reads JSON (RFC 8259) from its beginning to its end. It takes what <c>System.Text.Json</c> takes, whose loading and compiling is more work than
/// all else that opens a small artifact.</summary>
/// <remarks>Whoever reads an object enters it, asks for fields until there is none, and reads or skips the value of each; likewise the elements of an array.
/// Everything else than JSON, and a value of another type than is asked for, is a <see cref="FormatException"/>.</remarks>
internal ref struct JsonText(ReadOnlySpan<byte> utf8)
{
    /// <summary>Objects and arrays inside each other.</summary>
    private const int MostDepth = 64;

    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private int _position, _depth;
    /// <summary>True behind the opening bracket of an object or array.</summary>
    private bool _isFirst;

    /// <summary>The character that the next value begins with; 0 at the end.</summary>
    public byte Next
    {
        get
        {
            while (_position < _utf8.Length)
            {
                byte c = _utf8[_position];
                if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c;
                _position++;
            }
            return 0;
        }
    }

    /// <summary>Goes into an object or an array.</summary>
    /// <param name="bracket"><c>{</c> or <c>[</c>.</param>
    public void Enter(char bracket)
    {
        Expect(bracket);
        if (++_depth > MostDepth) throw Wrong("there are too many brackets");
        _isFirst = true;
    }

    /// <summary>The name of an object's next field; false behind its end.</summary>
    public bool NextField(out string name)
    {
        name = "";
        if (!Continues('}')) return false;
        name = String();
        Expect(':');
        return true;
    }

    /// <summary>Whether an array has another element; false behind its end.</summary>
    public bool NextElement() => Continues(']');

    /// <summary>A string; empty for null.</summary>
    public string Text()
    {
        if (Next != 'n') return String();
        Skip();
        return "";
    }

    public long Integer()
    {
        ReadOnlySpan<byte> digits = Digits();
        return Utf8Parser.TryParse(digits, out long value, out int used) && used == digits.Length ? value : throw Wrong("an integer is expected");
    }

    public int SmallInteger() => Integer() is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw Wrong("an integer of 32 bits is expected");

    public double Number()
    {
        ReadOnlySpan<byte> digits = Digits();
        return Utf8Parser.TryParse(digits, out double value, out int used) && used == digits.Length ? value : throw Wrong("a number is expected");
    }

    /// <summary>Passes over a value.</summary>
    public void Skip()
    {
        switch ((char)Next)
        {
            case '{':
                Enter('{');
                while (NextField(out _)) Skip();
                break;
            case '[':
                Enter('[');
                while (NextElement()) Skip();
                break;
            case '"': String(); break;
            case 't': Word("true"u8); break;
            case 'f': Word("false"u8); break;
            case 'n': Word("null"u8); break;
            default: Digits(); break;
        }
    }

    /// <summary>Nothing but blanks follows.</summary>
    public void End()
    {
        _ = Next;
        if (_position < _utf8.Length) throw Wrong("the end is expected");
    }

    public readonly FormatException Wrong(string what) => new(FormattableString.Invariant($"{what} at byte {_position}"));

    private bool Continues(char end)
    {
        if (Next == end)
        {
            _position++;
            _depth--;
            _isFirst = false;
            return false;
        }
        if (!_isFirst) Expect(',');
        _isFirst = false;
        return true;
    }

    private void Expect(char c)
    {
        if (Next != c) throw Wrong(c + " is expected");
        _position++;
    }

    private void Word(ReadOnlySpan<byte> word)
    {
        if (!_utf8[_position..].StartsWith(word)) throw Wrong("a value is expected");
        _position += word.Length;
    }

    private string String()
    {
        Expect('"');
        StringBuilder? text = null;
        for (int start = _position; ; _position++)
        {
            byte c = _position < _utf8.Length ? _utf8[_position] : (byte)0;
            if (c < ' ') throw Wrong("a text does not end");
            if (c != '"' && c != '\\') continue;
            string part = Decode(_utf8[start.._position]);
            _position++;
            if (c == '"') return text is null ? part : Checked(text.Append(part));
            text = (text ?? new StringBuilder()).Append(part).Append(Escaped());
            start = _position--;
        }
    }

    private char Escaped()
    {
        int at = _position++;
        switch (at < _utf8.Length ? (char)_utf8[at] : '\0')
        {
            case '"': return '"';
            case '\\': return '\\';
            case '/': return '/';
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u':
                _position += 4;
                if (_position > _utf8.Length || !Utf8Parser.TryParse(_utf8.Slice(at + 1, 4), out int code, out int used, 'x') || used < 4) throw Wrong("an escape is wrong");
                return (char)code;
            default: throw Wrong("an escape is wrong");
        }
    }

    private readonly string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (ArgumentException)
        {
            throw Wrong("a text is not UTF-8");
        }
    }

    /// <summary>Escapes may make halves of characters.</summary>
    private readonly string Checked(StringBuilder text)
    {
        string made = text.ToString();
        for (int i = 0; i < made.Length; i++)
            if (char.IsSurrogate(made[i]) && !(i + 1 < made.Length && char.IsSurrogatePair(made[i], made[++i]))) throw Wrong("a text has half a character");
        return made;
    }

    private ReadOnlySpan<byte> Digits()
    {
        _ = Next;
        int start = _position;
        Take('-');
        if (!Take('0')) SomeDigits();
        if (Take('.')) SomeDigits();
        if (Take('e') || Take('E'))
        {
            if (!Take('+')) Take('-');
            SomeDigits();
        }
        return _utf8[start.._position];
    }

    private bool Take(char c)
    {
        if (_position == _utf8.Length || _utf8[_position] != c) return false;
        _position++;
        return true;
    }

    private void SomeDigits()
    {
        int start = _position;
        while (_position < _utf8.Length && _utf8[_position] is >= (byte)'0' and <= (byte)'9') _position++;
        if (_position == start) throw Wrong("a number is expected");
    }
}
