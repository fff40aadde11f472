using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Einsum and Det.</summary>
internal static partial class OperatorCases
{
    private static void AddEinsums(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Det"] = draw =>
        {
            int length = draw.Int(1, 7);
            HostTensor x = draw.Floats([.. draw.Shape(0, 2), length, length]);
            // Two equal rows now and then.
            if (length > 1 && draw.Chance(0.2)) x.Values<float>()[..length].CopyTo(x.Values<float>()[length..]);
            return new("Det", 11, ("x", x)) { Tolerance = Tolerance.OfLargest(1e-5) };
        };
        cases["Einsum"] = draw =>
        {
            // What exporters write.
            (string equation, int[][] shapes) = draw.Pick<(string, int[][])>(
                ("bij,bjk->bik", [[2, 3, 4], [2, 4, 5]]), ("bqhd,bkhd->bhqk", [[2, 3, 2, 4], [2, 5, 2, 4]]), ("bhqk,bkhd->bqhd", [[2, 2, 3, 5], [2, 5, 2, 4]]), ("abc,cde->abde", [[2, 3, 8], [8, 2, 4]]),
                ("abcd,cde->abe", [[2, 3, 4, 2], [4, 2, 6]]), ("ij->ji", [[3, 5]]), ("ii->i", [[4, 4]]), ("ij,ij->", [[3, 4], [3, 4]]), ("i,j->ij", [[3], [4]]), ("...ij,...jk->...ik", [[3, 1, 2, 4], [1, 2, 4, 5]]), ("b...,...c->bc...", [[2, 3], [3, 4]]),
                ("nchw,co->nohw", [[2, 3, 4, 5], [3, 6]]), ("bn,anm,bm->ba", [[2, 3], [4, 3, 5], [2, 5]]), ("ab,bc,cd->ad", [[2, 3], [3, 4], [4, 5]]), ("bcxd,md->bcxm", [[2, 2, 3, 4], [5, 4]]), ("...ii->...i", [[2, 3, 3]]),
                ("nctkv,kvw->nctw", [[1, 2, 3, 2, 4], [2, 4, 5]]), ("i,i->i", [[5], [5]]), ("oi,bit->bot", [[6, 4], [2, 4, 7]]), ("ba,cd", [[2, 3], [3, 2]]), ("ab,cb->abc", [[3, 4], [5, 4]]));
            return Einsum(draw, equation, shapes);
        };
        cases["Einsum of any labels"] = draw =>
        {
            const string Letters = "abcdeXY";
            int[] lengths = [.. Letters.Select(_ => draw.Int(1, 4))];
            List<string> terms = [];
            for (int i = draw.Int(1, 3); i > 0; i--) terms.Add(string.Concat(draw.Permutation(Letters.Length).Take(draw.Int(1, 4)).Select(l => Letters[l])));
            string[] all = [.. string.Concat(terms).Distinct().Select(letter => letter.ToString())];
            string result = string.Concat(draw.Permutation(all.Length).Take(draw.Int(0, Math.Min(5, all.Length))).Select(l => all[l]));
            return Einsum(draw, $"{string.Join(" , ", terms)} -> {result}", [.. terms.Select(term => term.Select(letter => lengths[Letters.IndexOf(letter, StringComparison.Ordinal)]).ToArray())]);
        };
    }

    private static OperatorCase Einsum(Draw draw, string equation, int[][] shapes)
    {
        bool whole = draw.Chance(0.2);
        (string, HostTensor?)[] inputs = [.. shapes.Select((shape, i) => ($"x{i}", (HostTensor?)(whole ? draw.Longs(-5, 5, shape) : draw.Floats(shape))))];
        return new("Einsum", 12, inputs)
        {
            Attributes = [("equation", equation)], RunsAlone = false, Constants = shapes.Length > 1 && draw.Chance() ? ["x" + draw.Int(0, shapes.Length - 1)] : [], Tolerance = Tolerance.OfLargest(5e-6),
        };
    }
}
