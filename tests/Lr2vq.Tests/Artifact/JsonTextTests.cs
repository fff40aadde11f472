using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using Lr2vq.Artifacts;
using Xunit;

namespace Lr2vq.Tests.Artifact;

/// <summary>The reader of the section <c>meta</c>, judged by <see cref="Utf8JsonReader"/>: both take the same texts and see the same in them.</summary>
public sealed class JsonTextTests
{
    private const string Sample = """
         {"a": "x\"\\\/\b\f\n\r\tü€😀\u00e9\ud83d\ude00", "b":[1,-0,0.5,1e3,-1.25E-07,12345678901234567890,1e400], "":{}, "c":[[],{"d":[true,false,null]}],
        "e":{"f":{"g":[{"h":""}]}},	"i":-9223372036854775808 }
        """;

    [Fact]
    public void TheSampleIsRead()
    {
        List<string>? seen = Seen(Encoding.UTF8.GetBytes(Sample));
        Assert.NotNull(seen);
        Assert.Equal(Expected(Encoding.UTF8.GetBytes(Sample)), seen);
        Assert.Contains("text x\"\\/\b\f\n\r\tü€😀é😀", seen);
    }

    [Theory, InlineData(""), InlineData(" "), InlineData("1 2"), InlineData("[1,]"), InlineData("[,1]"), InlineData("{,}"), InlineData("""{"a":1,}"""), InlineData("""{"a"}"""), InlineData("{1:2}"),
     InlineData("[1}"), InlineData("[01]"), InlineData("[+1]"), InlineData("[.5]"), InlineData("[1.]"), InlineData("[1e]"), InlineData("[-]"), InlineData("[0x1]"), InlineData("[NaN]"), InlineData("[nul]"), InlineData("[nullx]"),
     InlineData("/* */1"), InlineData("'a'"), InlineData("\"a\nb\""), InlineData("\"a"), InlineData("\"\\"), InlineData("\"\\x\""), InlineData("\"\\u12\""), InlineData("\"\\u12g4\""), InlineData("\"\\u +12\""),
     InlineData("\"\\ud800\""), InlineData("\"\\udc00\""), InlineData("\"\\ud800\\u0041\""), InlineData("\"\\udc00\\ud800\""), InlineData("\"\\ud83dx\\ude00\""), InlineData("[1]]"), InlineData("]"), InlineData("\uFEFF1")]
    public void WhatIsNotJsonIsRefused(string text)
    {
        Assert.Null(Expected(Encoding.UTF8.GetBytes(text)));
        Assert.Null(Seen(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void OtherBytesThanUtf8AreRefused()
    {
        foreach (byte[] inside in new byte[][] { [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80] })
            Assert.Null(Seen([(byte)'"', .. inside, (byte)'"']));
    }

    [Theory, InlineData(64, true), InlineData(65, false), InlineData(100_000, false)]
    public void BracketsHaveALimit(int depth, bool taken)
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
        Assert.Equal(taken, Expected(text) is not null);
        Assert.Equal(taken, Seen(text) is not null);
        Assert.Equal(taken, Skips(text));
    }

    [Theory, InlineData("9223372036854775807", true), InlineData("9223372036854775808", false), InlineData("1.0", false), InlineData("1e2", false), InlineData("\"1\"", false), InlineData("-0", true)]
    public void IntegersAreWholeAndInRange(string text, bool taken) => Assert.Equal(taken, Reads(() => new JsonText(Encoding.UTF8.GetBytes(text)).Integer()));

    [Theory, InlineData("2147483647", true), InlineData("2147483648", false), InlineData("-2147483649", false)]
    public void SmallIntegersHave32Bits(string text, bool taken) => Assert.Equal(taken, Reads(() => new JsonText(Encoding.UTF8.GetBytes(text)).SmallInteger()));

    [Fact]
    public void ChangedTextsAreTakenOrRefusedAlike()
    {
        byte[] sample = Encoding.UTF8.GetBytes(Sample), letters = Encoding.UTF8.GetBytes("\"\\{}[],:0123456789-+.eEtfnu \n\x01/aüd8c\x7F");
        var random = new Random(11);
        int taken = 0, refused = 0;
        for (int i = 0; i < 30_000; i++)
        {
            // A piece of the sample, so that most bytes matter, with up to three changes.
            List<byte> text = [.. sample];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(text.Count);
                switch (random.Next(4))
                {
                    case 0: text[at] = letters[random.Next(letters.Length)]; break;
                    case 1: text.Insert(at, letters[random.Next(letters.Length)]); break;
                    case 2: text.RemoveAt(at); break;
                    default: text[at] = (byte)random.Next(256); break;
                }
            }
            byte[] bytes = [.. text];
            List<string>? expected = Expected(bytes), seen = Seen(bytes);
            if (expected is null ? seen is not null : seen is null || !expected.SequenceEqual(seen))
                Assert.Fail($"{Encoding.UTF8.GetString(bytes)}: {(expected is null ? "refused" : string.Join('|', expected))}, here {(seen is null ? "refused" : string.Join('|', seen))}");
            Assert.Equal(seen is not null, Skips(bytes));
            if (seen is null) refused++;
            else taken++;
        }
        Assert.True(taken > 3000 && refused > 3000, $"{taken} taken, {refused} refused");
    }

    private static bool Skips(byte[] bytes) => Reads(() =>
    {
        JsonText json = new(bytes);
        json.Skip();
        json.End();
    });

    private static bool Reads(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static List<string>? Seen(byte[] bytes)
    {
        List<string> seen = [];
        return Reads(() =>
        {
            JsonText json = new(bytes);
            Read(ref json, seen);
            json.End();
        }) ? seen : null;
    }

    private static void Read(ref JsonText json, List<string> seen)
    {
        switch ((char)json.Next)
        {
            case '{':
                json.Enter('{');
                seen.Add("{");
                while (json.NextField(out string name))
                {
                    seen.Add("field " + name);
                    Read(ref json, seen);
                }
                seen.Add("}");
                break;
            case '[':
                json.Enter('[');
                seen.Add("[");
                while (json.NextElement()) Read(ref json, seen);
                seen.Add("]");
                break;
            case '"': seen.Add("text " + json.Text()); break;
            case 't' or 'f' or 'n':
                json.Skip();
                seen.Add("word");
                break;
            default: seen.Add(json.Number().ToString("R", CultureInfo.InvariantCulture)); break;
        }
    }

    private static List<string>? Expected(byte[] bytes)
    {
        List<string> seen = [];
        try
        {
            Utf8JsonReader json = new(bytes);
            while (json.Read())
                seen.Add(json.TokenType switch
                {
                    JsonTokenType.StartObject => "{",
                    JsonTokenType.EndObject => "}",
                    JsonTokenType.StartArray => "[",
                    JsonTokenType.EndArray => "]",
                    JsonTokenType.PropertyName => "field " + json.GetString(),
                    JsonTokenType.String => "text " + json.GetString(),
                    JsonTokenType.Number => json.GetDouble().ToString("R", CultureInfo.InvariantCulture),
                    _ => "word",
                });
            return seen;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
