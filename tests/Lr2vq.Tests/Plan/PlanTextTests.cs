using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Plan;

public sealed class PlanTextTests
{
    private const string Sample = """
        lr2vq-plan 1
        model "res \"net\" \u0007 é" structure 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef opset 13
        symbol N "batch"
        symbol H ""
        input v0 "input.1" f32 [N,3,H,224]
        weight w0 "conv1.weight" f32 [64,3,7,7] conv
        weight w1 "dw" f32 [64,1,3,3] conv groups=64
        weight w2 "axis" i64 [] constant
        step 1 Conv "conv1/Conv" (v0, w0, _) -> (v1 f32 [N,64,(H+1)/2,112] blocked) strides=2,2 pads=3,3,3,3 actp=3F800000
        step 2 Split "s" (v1, w2) -> (v2 f32 [N,32,(H+1)/2,112], v3 f32 [N,32,(H+1)/2,112])
        output v2 "logits" f32 [N,32,(H+1)/2,112]

        """;

    [Fact]
    public void WrittenTextIsTheTextRead() => Assert.Equal(Sample, PlanText.Write(PlanText.Parse(Sample)));

    [Fact]
    public void PlanHasWhatTheTextSays()
    {
        Plans.Plan plan = PlanText.Parse(Sample);
        Assert.Equal("res \"net\" \a é", plan.ModelName);
        Assert.Equal(64, plan.Weights[1].Groups);
        Assert.Equal(new[] { "v0", "w0", null }, plan.Steps[0].Inputs);
        Assert.Equal(TensorLayout.Blocked, plan.Steps[0].Outputs[0].Layout);
        Assert.Equal(new[] { 2, 2 }, plan.Steps[0].Attributes.Ints("strides"));
        Assert.Equal(1f, plan.Steps[0].Attributes.Float("actp", 0));
        Assert.Equal(8, plan.Outputs[0].Shape[2].Evaluate(new Dictionary<string, long> { ["H"] = 15, ["N"] = 1 }));
    }

    [Fact]
    public void InterfaceKeepsItsOptions()
    {
        const string text = """
            lr2vq-interface 1
            model "tiny" opset 13
            class "Tiny" namespace "Shop.Vision" access "public" rename "input.1=image"
            symbol d0 ""
            input v0 "input.1" f32 [d0,3]
            output v1 "logits" f32 [d0]

            """;
        PlanInterface found = PlanText.ParseInterface(text);
        Assert.Equal("Shop.Vision", found.Option("namespace"));
        Assert.Equal(text, PlanText.WriteInterface(found));
        Assert.Throws<PlanFormatException>(() => PlanText.Parse(text));
    }

    [Theory]
    [InlineData("symbol N \"batch\"", "symbol M \"batch\"", 5)]
    [InlineData("(v0, w0, _)", "(v0, w9, _)", 9)]
    [InlineData("step 2", "step 3", 10)]
    [InlineData("output v2", "output v3 \"a\" f32 [1]\noutput v2", 11)]
    [InlineData("blocked) strides", "tiled) strides", 9)]
    [InlineData("groups=64", "groups=0", 7)]
    [InlineData("groups=64", "groups=63", 7)]
    [InlineData("[64,3,7,7]", "[64,2000000000,2000000000,7]", 6)]
    [InlineData("\"dw\"", "\"conv1.weight\"", 7)]
    [InlineData("strides=2,2", "strides=2,2 strides=2,2", 9)]
    [InlineData("lr2vq-plan 1", "lr2vq-plan 4", 1)]
    [InlineData("i64 []", "i65 []", 8)]
    public void WrongLinesAreNamed(string from, string to, int line)
    {
        PlanFormatException e = Assert.Throws<PlanFormatException>(() => PlanText.Parse(Sample.Replace(from, to, StringComparison.Ordinal)));
        Assert.Equal(line, e.Line);
    }

    [Fact]
    public void DamagedTextNeverEscapesAsAnotherException()
    {
        var random = new Random(3);
        for (int round = 0; round < 3000; round++)
        {
            char[] text = Sample.ToCharArray();
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                int at = random.Next(text.Length);
                text[at] = random.Next(3) == 0 ? (char)random.Next(1, 300) : Sample[random.Next(Sample.Length)];
            }
            string damaged = new(text, 0, random.Next(4) == 0 ? random.Next(text.Length) : text.Length);
            try
            {
                string written = PlanText.Write(PlanText.Parse(damaged));
                Assert.Equal(written, PlanText.Write(PlanText.Parse(written)));
            }
            catch (PlanFormatException)
            {
            }
        }
    }

    [Fact]
    public void AttributesRefuseWhatTheyAreNot()
    {
        var attributes = new StepAttributes([new("a", "99999999999"), new("b", "3F8"), new("c", "1,,2"), new("d", "N+")]);
        Assert.Throws<FormatException>(() => attributes.Int("a", 0));
        Assert.Throws<FormatException>(() => attributes.Float("b", 0));
        Assert.Throws<FormatException>(() => attributes.Ints("c"));
        Assert.Throws<FormatException>(() => attributes.Dimensions("d"));
        Assert.Equal(5, attributes.Int("absent", 5));
        Assert.Equal([1, 2], attributes.Ints("absent", 1, 2).AsEnumerable());
    }
}
