using System.Linq;
using Lr2vq.Tool.Output;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary>Names and sentences that are longer than the line.</summary>
public sealed class WordsTests
{
    [Theory]
    [InlineData("conv1.weight", 12, "conv1.weight")]
    [InlineData("expanded_conv_3.depthwise.weight", 18, "exp_con_3.dep.wei")]
    [InlineData("features.17.conv.0.bn", 16, "fea.17.con.0.bn")]
    [InlineData("12345678901234567890", 9, "1234…7890")]
    public void AWordOfANameIsCutBeforeItsDigits(string name, int width, string expected) => Assert.Equal(expected, Words.Name(name, width));

    [Fact]
    public void NamesThatDifferByANumberStillDo()
    {
        string[] names = [.. Enumerable.Range(0, 200).SelectMany(i => new[] { "expand", "project", "depthwise" }, (i, kind) => $"MobilenetV2/expanded_conv_{i}/{kind}/weights")];
        string[] cut = [.. names.Select(name => Words.Name(name, 24))];
        Assert.Equal(names.Length, cut.Distinct().Count());
        Assert.All(cut, name => Assert.True(name.Length <= 24, name));
    }

    [Fact]
    public void ASentenceGoesOnInTheNextLine()
    {
        const string sentence = "held by the output 'logits': without it the file would be half as large, conv_pw_11.weight (9 % of it) most of all";
        string[] lines = [.. Words.Lines(sentence, 50)];
        Assert.All(lines, line => Assert.True(line.Length <= 50, line));
        Assert.Equal(sentence, string.Join(' ', lines.Select(line => line.Trim())));
        Assert.Equal(["short"], Words.Lines("short", 50));
        Assert.Equal(["a…e"], Words.Lines("averylongwordwithoutspace", 3));
    }
}
