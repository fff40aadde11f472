using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Plan;

/// <summary>Choices, broadcasts and floats in dimensions, compared with numbers.</summary>
public sealed class DimensionFunctionTests
{
    [Theory]
    [InlineData("if(H,1,2)", "1")]
    [InlineData("if(H-4,H,W)", "if(H-4,H,W)")]
    [InlineData("if(if(H-4,1,0),A,B)", "if(H-4,A,B)")]
    [InlineData("if(if(H-4,0,1),A,B)", "if(H-4,B,A)")]
    [InlineData("if(0-H,1,2)", "2")]
    [InlineData("if(H-2*(H/2)-1,7,3)", "3")]
    [InlineData("if(H/2+1-(H+1)/2,7,3)", "if(-((H+1)/2)+H/2+1,7,3)")]
    [InlineData("broadcast(N,1)", "N")]
    [InlineData("broadcast(N,0)", "0")]
    [InlineData("broadcast(N,M,N)", "broadcast(M,N)")]
    [InlineData("max(H-2*(H/2),5)", "5")]
    [InlineData("int(f32(H))", "H")]
    [InlineData("int(f32(H)*#3FC00000)", "H+H/2")]
    [InlineData("int(floor(f32(H)/#40400000))", "H/3")]
    [InlineData("int(floor(f32(H)/f32(W)))", "H/W")]
    [InlineData("int(ceil(f32(H)/#40400000))", "(H+2)/3")]
    [InlineData("int(f32(H)*#3F333333)", "int(f32(H)*#3F333333)")]
    [InlineData("2*int(f32(H)/f32(W)*f32(W))", "2*int(f32(H)/f32(W)*f32(W))")]
    [InlineData("int(#3F333333*(f32(H)+f32(1)))", "int(#3F333333*f32(H+1))")]
    [InlineData("int(max(f32(H)*#3F333333,f32(W)*#3F333333))", "int(max(f32(H)*#3F333333,f32(W)*#3F333333))")]
    [InlineData("int(steps(f32(H)-#00000000,#3F800000))", "H")]
    public void TextIsCanonical(string text, string canonical)
    {
        Assert.Equal(canonical, Dimension.Parse(text).ToString());
        Assert.Equal(canonical, Dimension.Parse(canonical).ToString());
    }

    [Theory]
    [InlineData("if(H,1)"), InlineData("if(H)"), InlineData("int(H)"), InlineData("int(#3F80000)"), InlineData("int(f32(H)"), InlineData("int(sin(f32(H)))")]
    [InlineData("int(max(f32(H)))"), InlineData("int(#3F333333*f32(H)*#7F800000"), InlineData("int(#7F800000)"), InlineData("foo(H)"), InlineData("f32(H)")]
    public void WrongTextIsAFormatException(string text) => Assert.Throws<FormatException>(() => Dimension.ParseList(text));

    [Fact]
    public void Random_expressions_have_the_value_of_the_numbers()
    {
        var random = new Random(11);
        int floats = 0, choices = 0;
        for (int round = 0; round < 6000; round++)
        {
            var symbols = new Dictionary<string, long> { ["a"] = random.Next(1, 9), ["b"] = random.Next(1, 40), ["c"] = random.Next(1, 300) };
            (Dimension dimension, long value) = Whole(random, symbols, 4);
            string text = dimension.ToString();
            Assert.True(value == dimension.Evaluate(symbols), $"{text} with {string.Join(" ", symbols)} is {dimension.Evaluate(symbols)}, not {value}");
            Assert.Equal(text, Dimension.Parse(text).ToString());
            Assert.True(dimension.LowerBound() is not { } low || low <= value, text);
            Assert.True(dimension.UpperBound() is not { } high || high >= value, text);
            Dimension one = dimension.Substitute(new Dictionary<string, Dimension> { ["b"] = symbols["b"] });
            Assert.Equal(value, one.Evaluate(symbols));
            Assert.Equal(value, one.Substitute(symbols.ToDictionary(s => s.Key, s => Dimension.Of(s.Value))).Value);
            floats += text.Contains("int(", StringComparison.Ordinal) ? 1 : 0;
            choices += text.Contains("if(", StringComparison.Ordinal) ? 1 : 0;
        }
        // What is simplified away is not tested here.
        Assert.True(floats > 500 && choices > 500, $"{floats} with floats, {choices} with choices");
    }

    [Fact]
    public void Scales_are_rounded_as_floats_are()
    {
        foreach (float scale in new[] { 0.7f, 1.1f, 1f / 3, 0.15f, 2.3f, 1.3333334f, 0.1f })
        {
            Dimension scaled = Dimension.Truncate(Real.Of(RealOperation.Multiply, Real.Of(Dimension.Symbol("H")), Real.Of(scale)));
            Dimension read = Dimension.Parse(scaled.ToString());
            for (long h = 1; h < 5000; h++)
                Assert.Equal((long)(float)((float)h * scale), read.Evaluate(new Dictionary<string, long> { ["H"] = h }));
        }
        Dimension ratio = Dimension.Parse("int(f32(a)/f32(b)*f32(b))"), floor = Dimension.Parse("int(floor(f32(a)/f32(b)))");
        for (long a = 1; a < 200; a++)
            for (long b = 1; b < 200; b++)
            {
                var symbols = new Dictionary<string, long> { ["a"] = a, ["b"] = b };
                Assert.Equal((long)(float)((float)((float)a / b) * b), ratio.Evaluate(symbols));
                Assert.Equal((long)MathF.Floor((float)a / b), floor.Evaluate(symbols));
            }
    }

    [Fact]
    public void What_is_built_can_be_read_or_is_refused()
    {
        Dimension d = Dimension.Symbol("a"), b = Dimension.Symbol("b");
        int built = 0;
        try
        {
            for (; built < 200; built++)
            {
                d = Dimension.FloorDivide(d * 3 + 2, b) + (built % 3 == 0 ? d : 1);
                Assert.Equal(d, Dimension.Parse(d.ToString()));
            }
        }
        catch (OverflowException)
        {
            // Too deep or too long.
        }
        Assert.InRange(built, 5, 100);
    }

    [Fact]
    public void Hostile_text_ends_quickly()
    {
        string most = "a";
        for (int i = 2; i < 32; i++) most = "max(" + most + "," + "abcd"[i % 4] + "*" + i + ")";
        double start = ThreadTime.Seconds;
        for (int round = 0; round < 3; round++)
            foreach (string text in new[] { most, most.Replace("max", "broadcast", StringComparison.Ordinal), most.Replace("max(a", "if(a,b", StringComparison.Ordinal) })
                try { Dimension.ParseList(text + "," + text); } catch (FormatException) { }
        Assert.InRange(ThreadTime.Seconds - start, 0, 20);
    }

    private static (Dimension, long) Whole(Random random, Dictionary<string, long> symbols, int depth)
    {
        if (depth == 0 || random.Next(6) == 0)
        {
            if (random.Next(3) == 0)
            {
                long number = random.Next(-5, 20);
                return (number, number);
            }
            string name = "abc".Substring(random.Next(3), 1);
            return (Dimension.Symbol(name), symbols[name]);
        }
        if (random.Next(5) == 0)
        {
            (Real real, float f) = Float(random, symbols, depth - 1);
            if (Math.Abs(f) < 1e6f) return (Dimension.Truncate(real), (long)f);
        }
        (Dimension left, long l) = Whole(random, symbols, depth - 1);
        (Dimension right, long r) = Whole(random, symbols, depth - 1);
        long divisor = random.Next(1, 9) * (random.Next(4) == 0 ? -1 : 1);
        switch (random.Next(10))
        {
            case 0: return (left + right, l + r);
            case 1: return (left - right, l - r);
            case 2 when Math.Abs(l) < 3000 && Math.Abs(r) < 3000: return (left * right, l * r);
            case 3: return (Dimension.Max(left, right), Math.Max(l, r));
            case 4: return (Dimension.Min(left, right), Math.Min(l, r));
            case 5: return (left - Dimension.FloorDivide(left, divisor) * divisor, l - (long)Math.Floor((decimal)l / divisor) * divisor);
            case 6: return (Dimension.CutDivide(left, divisor), l / divisor);
            case 7 when r != 0 && !(right.IsConstant && right.Value == 0): return (Dimension.CutDivide(left, right), l / r);
            case 8 when l >= 0 && r >= 0 && (l == r || l == 1 || r == 1): return (Dimension.Broadcast(left, right), l == 1 ? r : l);
            default:
                (Dimension condition, long c) = Whole(random, symbols, depth - 1);
                return (Dimension.Choose(condition, left, right), c > 0 ? l : r);
        }
    }

    private static (Real, float) Float(Random random, Dictionary<string, long> symbols, int depth)
    {
        if (depth == 0 || random.Next(4) == 0)
        {
            if (random.Next(2) == 0)
            {
                float number = random.Next(3) switch { 0 => random.Next(-8, 9), 1 => random.Next(-64, 64) / 16f, _ => random.NextSingle() * 4 };
                return (Real.Of(number), number);
            }
            (Dimension whole, long value) = Whole(random, symbols, Math.Min(depth, 1));
            return (Real.Of(whole), value);
        }
        (Real left, float l) = Float(random, symbols, depth - 1);
        (Real right, float r) = Float(random, symbols, depth - 1);
        switch (random.Next(9))
        {
            case 0: return (Real.Of(RealOperation.Add, left, right), l + r);
            case 1: return (Real.Of(RealOperation.Subtract, left, right), l - r);
            case 2 when Math.Abs(l) < 1000 && Math.Abs(r) < 1000: return (Real.Of(RealOperation.Multiply, left, right), l * r);
            case 3 when r != 0: return (Real.Of(RealOperation.Divide, left, right), l / r);
            case 4: return (Real.Of(RealOperation.Max, left, right), Math.Max(l, r));
            case 5: return (Real.Of(RealOperation.Floor, left), MathF.Floor(l));
            case 6: return (Real.Of(RealOperation.Ceiling, left), MathF.Ceiling(l));
            case 7: return (Real.Of(RealOperation.Round, left), MathF.Round(l));
            default: return (Real.Choose(Real.IsGreater(left, right), left, right), l > r ? l : r);
        }
    }
}
