using System;
using System.Collections.Generic;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Plan;

public sealed class DimensionTests
{
    [Theory]
    [InlineData("3+4*2", "11")]
    [InlineData("N", "N")]
    [InlineData("N+N", "2*N")]
    [InlineData("W*H-H*W", "0")]
    [InlineData("W*H*N", "H*N*W")]
    [InlineData("(N+1)*(N-1)", "N*N-1")]
    [InlineData("-7/2", "-4")]
    [InlineData("4*H/2", "2*H")]
    [InlineData("(4*H+6)/2", "2*H+3")]
    [InlineData("(3*H+7)/2", "(H+1)/2+H+3")]
    [InlineData("((H-1)/2+1-1)/2+1", "(H+3)/4")]
    [InlineData("(H/2)/3", "H/6")]
    [InlineData("2*(H/2)", "2*(H/2)")]
    [InlineData("(N*64*H*W)/(N*H)", "64*W")]
    [InlineData("(N*(H+1)*(W+2))/((W+2)*N)", "H+1")]
    [InlineData("H/N", "H/N")]
    [InlineData("max(H,1)", "H")]
    [InlineData("min(H,H+3)", "H")]
    [InlineData("max(min(H,20),min(20,H))", "min(20,H)")]
    [InlineData("max(H,W,H-2)", "max(H,W)")]
    [InlineData("max(0,H-4)", "max(0,H-4)")]
    [InlineData("H-(W/2)", "H-(W/2)")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    public void TextIsCanonical(string text, string canonical)
    {
        Assert.Equal(canonical, Dimension.Parse(text).ToString());
        Assert.Equal(canonical, Dimension.Parse(canonical).ToString());
    }

    [Fact]
    public void RandomExpressionsKeepTheirValue()
    {
        var random = new Random(7);
        for (int round = 0; round < 3000; round++)
        {
            var symbols = new Dictionary<string, long> { ["a"] = random.Next(1, 9), ["b"] = random.Next(1, 9), ["c"] = random.Next(1, 100) };
            (Dimension dimension, long value) = Expression(random, symbols, 4);
            Assert.Equal(value, dimension.Evaluate(symbols));
            Dimension again = Dimension.Parse(dimension.ToString());
            Assert.Equal(dimension, again);
            Assert.Equal(dimension.ToString(), again.ToString());
            Assert.True(dimension.LowerBound() is not { } bound || bound <= value);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("1+")]
    [InlineData("N N")]
    [InlineData("(N")]
    [InlineData("max(N")]
    [InlineData("9223372036854775808")]
    [InlineData("9223372036854775807+1")]
    [InlineData("1/0")]
    [InlineData("N,")]
    [InlineData("a.b")]
    public void WrongTextIsAFormatException(string text) => Assert.Throws<FormatException>(() => Dimension.ParseList(text));

    [Fact]
    public void HostileTextEndsQuickly()
    {
        Assert.Throws<FormatException>(() => Dimension.Parse(new string('(', 4000)));
        Assert.Throws<FormatException>(() => Dimension.Parse(new string('-', 4000)));
        string sum = "(a+b+c+d+e+f+g+h)";
        Assert.Throws<FormatException>(() => Dimension.Parse(string.Join("*", sum, sum, sum, sum, sum, sum, sum, sum)));
        string nested = "a";
        while (nested.Length < 1500) nested = "((" + nested + "+b)*(" + nested + "+c)/3)";
        try { Dimension.Parse(nested); } catch (FormatException) { }
    }

    [Fact]
    public void SymbolsAreReplaced()
    {
        Dimension dimension = Dimension.Parse("N*((H+1)/2)+max(H-10,W)");
        Dimension fixedOne = dimension.Substitute(new Dictionary<string, Dimension> { ["H"] = 640, ["N"] = Dimension.Symbol("B") });
        Assert.Equal("320*B+max(630,W)", fixedOne.ToString());
    }

    private static (Dimension, long) Expression(Random random, Dictionary<string, long> symbols, int depth)
    {
        if (depth == 0 || random.Next(5) == 0)
        {
            if (random.Next(2) == 0)
            {
                long number = random.Next(-5, 20);
                return (number, number);
            }
            string name = "abc".Substring(random.Next(3), 1);
            return (Dimension.Symbol(name), symbols[name]);
        }
        (Dimension left, long l) = Expression(random, symbols, depth - 1);
        (Dimension right, long r) = Expression(random, symbols, depth - 1);
        switch (random.Next(6))
        {
            case 0: return (left + right, l + r);
            case 1: return (left - right, l - r);
            case 2: return (left * right, l * r);
            case 3: return (Dimension.Max(left, right), Math.Max(l, r));
            case 4: return (Dimension.Min(left, right), Math.Min(l, r));
            default:
                long divisor = random.Next(1, 7);
                return (Dimension.FloorDivide(left, divisor), (long)Math.Floor((decimal)l / divisor));
        }
    }
}
