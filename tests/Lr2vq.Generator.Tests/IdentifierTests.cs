using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Lr2vq.Generator.Tests;

public sealed class IdentifierTests
{
    [Theory]
    [InlineData("resnet50", "Resnet50")]
    [InlineData("mobilenet_v2_1.0_224", "MobilenetV2_1_0_224")]
    [InlineData("123", "Model123")]
    [InlineData("class", "Class")]
    [InlineData("my net (final)", "MyNetFinal")]
    [InlineData("größe", "Größe")]
    [InlineData("模型", "模型")]
    [InlineData("...", "Model")]
    [InlineData("", "Model")]
    [InlineData("session", "SessionModel")]
    [InlineData("create", "CreateModel")]
    [InlineData("e\u0301t\u00e9", "E\u0301t\u00e9")]
    [InlineData("\U0001F600 smile", "Smile")]
    [InlineData("I i", "II")]
    public void ClassesAreNamedAfterTheirFiles(string stem, string expected)
    {
        Assert.Equal(expected, Identifiers.Class(stem));
        Assert.True(Identifiers.IsValidClass(expected));
        Assert.True(SyntaxFacts.IsValidIdentifier(expected));
    }

    [Theory]
    [InlineData("input.1", "input1")]
    [InlineData("495", "input495")]
    [InlineData("softmax_11.tmp_0", "softmax11Tmp0")]
    [InlineData("INPUT", "input")]
    [InlineData("imageIds", "imageIds")]
    [InlineData("class", "class")]
    [InlineData("", "input")]
    [InlineData("_x", "x")]
    [InlineData("IJ", "ij")]
    public void ParametersAreCamelCase(string name, string expected) => Assert.Equal(expected, Identifiers.Camel(name, "input"));

    [Theory]
    [InlineData("my-app.1.event", "my_app._1.event")]
    [InlineData("a..b", "a.b")]
    [InlineData("", "")]
    public void NamespacesAreMadeValid(string text, string expected) => Assert.Equal(expected, Identifiers.Namespace(text));

    [Fact]
    public void KeywordsAreEscaped()
    {
        Assert.Equal("@class", Identifiers.Escape("class"));
        Assert.Equal("Shop.@event", Identifiers.EscapeNamespace("Shop.event"));
        Assert.False(Identifiers.IsValid("class"));
        Assert.False(Identifiers.IsValidClass("Session"));
        foreach (SyntaxKind kind in SyntaxFacts.GetReservedKeywordKinds())
            Assert.StartsWith("@", Identifiers.Escape(SyntaxFacts.GetText(kind)));
    }

    [Fact]
    public void NamesThatMeetAreNumbered()
    {
        var scope = new NameScope("taken");
        Assert.Equal(["x", "x2", "x3", "x1", "x1_2", "taken2"],
            new[] { scope.Take("x"), scope.Take("x"), scope.Take("x"), scope.Take("x1"), scope.Take("x1"), scope.Take("taken") });
    }
}
