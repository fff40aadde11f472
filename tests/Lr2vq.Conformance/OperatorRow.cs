using System.Collections.Generic;

namespace Lr2vq.Conformance;

/// <summary>What the node tests say of one operator.</summary>
/// <param name="Name">The operator, with its domain in front where that is not ONNX's own.</param>
/// <param name="Supported">The compiler knows it.</param>
/// <param name="Tests">Cases.</param>
/// <param name="Passed">Cases that are right in at least one form and wrong in none.</param>
/// <param name="AsTheyAre">Cases that are right as they are.</param>
/// <param name="SilentlyWrong">Cases with a wrong output in any form.</param>
/// <param name="Opsets">Opsets of the models of cases that passed.</param>
/// <param name="Types">Element types of the first inputs of cases that passed.</param>
internal sealed record OperatorRow(string Name, bool Supported, int Tests, int Passed, int AsTheyAre, int SilentlyWrong, IReadOnlyList<int> Opsets, IReadOnlyList<string> Types);

/// <summary>The file of figures.</summary>
internal sealed record OperatorRows(IReadOnlyList<OperatorRow> Operators);
