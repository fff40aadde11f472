using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Lr2vq.Operators;

namespace Lr2vq.Testing;

/// <summary>Changes the text of a Plan as somebody would who knows its grammar: numbers, shapes, types, layouts, attributes, references, operators,
/// whole steps. The same seed gives the same text.</summary>
internal sealed partial class PlanMutation
{
    private static readonly string[] s_types = ["f32", "f16", "f64", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool"];
    private static readonly long[] s_numbers =
        [0, 1, 2, 3, 4, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 255, 1000, 4096, 65537, 1 << 20, int.MaxValue - 1, int.MaxValue, 1L << 32, 1L << 40, -1, -2, -17];
    private static readonly string[] s_operators = [.. typeof(Operator).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract).Select(type => type.Name).Order(StringComparer.Ordinal)];

    private readonly Random _random;
    private readonly List<string> _lines;

    private PlanMutation(string plan, int seed) => (_random, _lines) = (new Random(seed), [.. plan.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);

    public static string Apply(string plan, int seed)
    {
        PlanMutation mutation = new(plan, seed);
        for (int i = mutation._random.Next(1, 4); i > 0; i--) mutation.Change();
        mutation.Number();
        return string.Join('\n', mutation._lines) + "\n";
    }

    private void Change()
    {
        int[] steps = [.. Enumerable.Range(0, _lines.Count).Where(i => _lines[i].StartsWith("step ", StringComparison.Ordinal) || _lines[i].StartsWith("size ", StringComparison.Ordinal))];
        // Mostly steps; what is written of weights has to fit the directory.
        int at = steps.Length > 0 && _random.Next(6) > 0 ? Pick(steps) : _random.Next(1, _lines.Count);
        string line = _lines[at];
        switch (_random.Next(14))
        {
            case 0 or 1 or 2: _lines[at] = ReplaceOne(NumberPattern(), line, old => Changed(old)); break;
            case 3: ChangeEverywhere(line); break;
            case 4 or 5: _lines[at] = ReplaceOne(ShapePattern(), line, Reshaped); break;
            case 6: _lines[at] = ReplaceOne(TypePattern(), line, _ => Pick(s_types)); break;
            case 7: _lines[at] = line.Contains(" blocked", StringComparison.Ordinal) ? line.Replace(" blocked", "", StringComparison.Ordinal) : ReplaceOne(ResultPattern(), line, old => old + " blocked"); break;
            case 8: _lines[at] = ReplaceOne(ReferencePattern(), line, _ => Reference()); break;
            case 9: _lines[at] = ReplaceOne(OperandsPattern(), line, Operands); break;
            case 10: _lines[at] = OperatorPattern().Replace(line, match => match.Groups[1].Value + Pick(s_operators)); break;
            case 11: _lines[at] = Attributes(line, steps); break;
            case 12: _lines.RemoveAt(at); break;
            default: Duplicate(at); break;
        }
    }

    private string Changed(string old)
    {
        if (!long.TryParse(old, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)) return Pick(s_numbers).ToString(CultureInfo.InvariantCulture);
        long changed = _random.Next(6) switch
        {
            0 => number + 1,
            1 => number - 1,
            2 => unchecked(number * 2),
            3 => number / 2,
            4 => -number,
            _ => Pick(s_numbers),
        };
        return changed.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>One number becomes another wherever it stands, so that shapes still fit each other.</summary>
    private void ChangeEverywhere(string line)
    {
        Match[] numbers = NumberPattern().Matches(line).ToArray();
        if (numbers.Length == 0) return;
        string old = Pick(numbers).Value, changed = Changed(old);
        for (int i = 1; i < _lines.Count; i++) _lines[i] = NumberPattern().Replace(_lines[i], match => match.Value == old ? changed : match.Value);
    }

    private string Reshaped(string shape)
    {
        List<string> parts = [.. shape.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries)];
        int at = _random.Next(parts.Count + 1), one = Math.Min(at, parts.Count - 1);
        switch (_random.Next(6))
        {
            case 0 when parts.Count > 0: parts.RemoveAt(one); break;
            case 1: parts.Insert(at, Pick(s_numbers).ToString(CultureInfo.InvariantCulture)); break;
            case 2 when parts.Count > 1: (parts[0], parts[one]) = (parts[one], parts[0]); break;
            case 3 when parts.Count > 0: parts[one] += Pick(["*2", "+1", "-1", "*65536", "/2"]); break;
            case 4 when parts.Count > 0: parts[one] = $"max({parts[one]},{Pick(s_numbers)})"; break;
            case 5 when parts.Count > 0 && Sizes is { Length: > 0 } sizes: parts[one] = _random.Next(2) == 0 ? Pick(sizes) : parts[one] + Pick(["+", "-", "*", "/"]) + Pick(sizes); break;
            default:
                if (parts.Count > 0) parts[one] = Pick(s_numbers).ToString(CultureInfo.InvariantCulture);
                break;
        }
        return "[" + string.Join(',', parts) + "]";
    }

    /// <summary>What steps find in the data.</summary>
    private string[] Sizes => [.. _lines.Where(line => line.StartsWith("size ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];

    private string Reference()
    {
        string[] known = [.. _lines.SelectMany(line => ReferencePattern().Matches(line)).Select(match => match.Value).Distinct()];
        return known.Length == 0 || _random.Next(8) == 0 ? "_" : Pick(known);
    }

    private string Operands(string list)
    {
        List<string> operands = [.. list.Trim('(', ')').Split(", ", StringSplitOptions.RemoveEmptyEntries)];
        if (operands.Count > 0 && _random.Next(2) == 0) operands.RemoveAt(_random.Next(operands.Count));
        else operands.Insert(_random.Next(operands.Count + 1), Reference());
        return "(" + string.Join(", ", operands) + ")";
    }

    private string Attributes(string line, int[] steps)
    {
        Match[] here = AttributePattern().Matches(line).ToArray();
        if (steps.Length > 0 && (here.Length == 0 || _random.Next(3) == 0))
        {
            Match[] others = AttributePattern().Matches(_lines[Pick(steps)]).ToArray();
            if (others.Length > 0) line += Pick(others).Value;
        }
        else if (here.Length > 0)
        {
            Match one = Pick(here);
            line = line.Remove(one.Index, one.Length);
            if (_random.Next(2) == 0) line += one.Value[..(one.Value.IndexOf('=') + 1)] + Pick(s_numbers) + (_random.Next(2) == 0 ? "" : "," + Pick(s_numbers));
        }
        return line;
    }

    /// <summary>A line once more; results get names of their own.</summary>
    private void Duplicate(int at)
    {
        int next = _lines.SelectMany(line => ReferencePattern().Matches(line)).Select(match => int.TryParse(match.Value.AsSpan(1), out int n) ? n : 0).DefaultIfEmpty(0).Max() + 1;
        string copy = _lines[at];
        int arrow = copy.IndexOf("-> ", StringComparison.Ordinal);
        if (arrow > 0) copy = copy[..arrow] + ReferencePattern().Replace(copy[arrow..], _ => "v" + next++);
        _lines.Insert(Math.Min(at + 1 + _random.Next(2), _lines.Count), copy);
    }

    /// <summary>Steps are numbered again, but for one time in ten.</summary>
    private void Number()
    {
        if (_random.Next(10) == 0) return;
        int number = 0;
        for (int i = 0; i < _lines.Count; i++) _lines[i] = StepPattern().Replace(_lines[i], _ => $"step {++number} ");
    }

    private string ReplaceOne(Regex pattern, string line, Func<string, string> change)
    {
        // Names may hold anything; they are left alone.
        Match[] matches = pattern.Matches(line).ToArray();
        if (matches.Length == 0) return line;
        Match match = Pick(matches);
        return line[..match.Index] + change(match.Value) + line[(match.Index + match.Length)..];
    }

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    [GeneratedRegex("""(?<=[\[,=*+(/ -])-?\d+(?![\w"])""")]
    private static partial Regex NumberPattern();

    [GeneratedRegex("""\[[^\]"]*\]""")]
    private static partial Regex ShapePattern();

    [GeneratedRegex("""(?<= )(f32|f16|f64|bf16|i8|i16|i32|i64|u8|u16|u32|u64|bool)(?= \[)""")]
    private static partial Regex TypePattern();

    [GeneratedRegex("""(?<=-> .*)f32 \[[^\]]*\]""")]
    private static partial Regex ResultPattern();

    [GeneratedRegex("""(?<=[ (])[vw]\d+(?=[ ,)])""")]
    private static partial Regex ReferencePattern();

    [GeneratedRegex("""(?<=" )\([^)"]*\)(?= ->)""")]
    private static partial Regex OperandsPattern();

    [GeneratedRegex("""^(step \d+ )\w+""")]
    private static partial Regex OperatorPattern();

    [GeneratedRegex("""(?<=-> .*) \w+=[^ ]+""")]
    private static partial Regex AttributePattern();

    [GeneratedRegex("""^step \d+ """)]
    private static partial Regex StepPattern();
}
