// The code that is emitted, in C, for a chunk of outputs 4 ("a and not b") and 5 ("(a or c) and d")
// where a .. d are leaves 0 .. 3 and v512 is a vector of 8 words:
//
//   static void chunk_4(const u64* const* leaf_bits, const u8* leaf_any,
//                       u64* output_bits, u8* output_any, u32 num_words) {
//     output_any[4] = output_any[5] = 0;
//     u64 alive = (u64)leaf_any[0]                                        // the guards
//               | (u64)(leaf_any[3] & (leaf_any[0] | leaf_any[2])) << 1;
//     if (alive == 0 || num_words == 0) return;
//     for (u64 at = 0; at < num_words; at += 8) {
//       if (alive & 1) {
//         v512 n = *(v512*)(leaf_bits[0] + at) & ~*(v512*)(leaf_bits[1] + at);
//         *(v512*)(output_bits + 4 * num_words + at) = n;
//         output_any[4] |= any bit of n;
//       }
//       if (alive & 2) { ... }
//     }
//   }
//   void tripline_kernel_1(...) { chunk_0(...); chunk_4(...); }
//
// A shared part is the same without the store: v512 n12 = 0; if (alive & users) n12 = ...;
// Vectors of 512 bits are a slice of rows, not a claim on the machine: the target splits them.
#include "jit/emit_llvm.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/raw_ostream.h>

#include <unordered_map>
#include <vector>

#include "jit/kernel.h"

namespace tripline::jit {
namespace {

llvm::FunctionType* KernelType(llvm::LLVMContext& context) {
  llvm::Type* const pointer = llvm::PointerType::getUnqual(context);
  return llvm::FunctionType::get(
      llvm::Type::getVoidTy(context),
      {pointer, pointer, pointer, pointer, llvm::Type::getInt32Ty(context)}, false);
}

llvm::Function* MakeFunction(llvm::Module& module, const std::string& name,
                             llvm::GlobalValue::LinkageTypes linkage) {
  llvm::Function* const function =
      llvm::Function::Create(KernelType(module.getContext()), linkage, name, module);
  const char* const names[] = {"leaf_bits", "leaf_any", "output_bits", "output_any", "num_words"};
  for (llvm::Argument& argument : function->args()) {
    argument.setName(names[argument.getArgNo()]);
    if (argument.getType()->isPointerTy()) argument.addAttr(llvm::Attribute::NoAlias);
  }
  function->setDoesNotThrow();
  return function;
}

class ChunkEmitter {
 public:
  ChunkEmitter(const Program& program, const Chunk& chunk, llvm::Module& module)
      : program_(program),
        chunk_(chunk),
        function_(MakeFunction(module, "chunk_" + std::to_string(chunk.first_output),
                               llvm::GlobalValue::InternalLinkage)),
        builder_(module.getContext()),
        vector_(llvm::FixedVectorType::get(builder_.getInt64Ty(), kSliceWords)) {
    // Inlined into their one caller, all chunks would be one function again.
    function_->addFnAttr(llvm::Attribute::NoInline);
  }

  llvm::Function* Emit() {
    llvm::BasicBlock* const entry = NewBlock("entry");
    llvm::BasicBlock* const slice = NewBlock("slice");
    llvm::BasicBlock* const done = NewBlock("done");
    builder_.SetInsertPoint(entry);
    num_words_ = builder_.CreateZExt(function_->getArg(4), builder_.getInt64Ty(), "words");
    ClearOutputAny();
    alive_ = EmitGuards();
    llvm::Value* const is_asleep =
        builder_.CreateOr(builder_.CreateICmpEQ(alive_, builder_.getInt64(0)),
                          builder_.CreateICmpEQ(num_words_, builder_.getInt64(0)), "is_asleep");
    builder_.CreateCondBr(is_asleep, done, slice);

    builder_.SetInsertPoint(slice);
    llvm::PHINode* const at = builder_.CreatePHI(builder_.getInt64Ty(), 2, "at");
    at_ = at;
    for (const Part& part : chunk_.shared) EmitShared(part);
    for (std::size_t i = 0; i < chunk_.outputs.size(); ++i) {
      if (!chunk_.guards[i].is_never) EmitOutput(chunk_.outputs[i], chunk_.first_output + i);
    }
    llvm::Value* const next = builder_.CreateAdd(at, builder_.getInt64(kSliceWords), "next");
    at->addIncoming(builder_.getInt64(0), entry);
    at->addIncoming(next, builder_.GetInsertBlock());
    builder_.CreateCondBr(builder_.CreateICmpULT(next, num_words_), slice, done);

    done->moveAfter(builder_.GetInsertBlock());
    builder_.SetInsertPoint(done);
    builder_.CreateRetVoid();
    return function_;
  }

 private:
  llvm::BasicBlock* NewBlock(const std::string& name) {
    return llvm::BasicBlock::Create(builder_.getContext(), name, function_);
  }

  std::string LeafName(LeafIndex leaf) const {
    return program_.fields[program_.leaves[leaf].field].name + ".l" + std::to_string(leaf);
  }

  void ClearOutputAny() {
    llvm::Type* const bytes = llvm::FixedVectorType::get(
        builder_.getInt8Ty(), static_cast<unsigned>(chunk_.guards.size()));
    llvm::Value* const first = builder_.CreateConstGEP1_64(
        builder_.getInt8Ty(), function_->getArg(3), chunk_.first_output, "any");
    builder_.CreateAlignedStore(llvm::Constant::getNullValue(bytes), first, llvm::Align(1));
  }

  llvm::Value* LoadAny(LeafIndex leaf) {
    const std::string name = LeafName(leaf) + ".any";
    llvm::Value* const address =
        builder_.CreateConstGEP1_64(builder_.getInt8Ty(), function_->getArg(1), leaf);
    return builder_.CreateLoad(builder_.getInt8Ty(), address, name);
  }

  /// 1 if the output may have a row that is true, else 0.
  llvm::Value* EmitGuard(const Guard& guard) {
    llvm::Value* all = nullptr;
    for (const std::vector<LeafIndex>& clause : guard.clauses) {
      llvm::Value* any = nullptr;
      for (const LeafIndex leaf : clause) {
        llvm::Value* const byte = LoadAny(leaf);
        any = any == nullptr ? byte : builder_.CreateOr(any, byte);
      }
      all = all == nullptr ? any : builder_.CreateAnd(all, any);
    }
    if (all == nullptr) return builder_.getInt64(guard.is_never ? 0 : 1);
    return builder_.CreateZExt(all, builder_.getInt64Ty());
  }

  llvm::Value* EmitGuards() {
    llvm::Value* alive = builder_.getInt64(0);
    for (std::size_t i = 0; i < chunk_.guards.size(); ++i) {
      llvm::Value* const guard = EmitGuard(chunk_.guards[i]);
      alive = builder_.CreateOr(alive, builder_.CreateShl(guard, i), "alive");
    }
    return alive;
  }

  /// Opens a block that runs only if one of `users` is alive; answers the block behind it.
  llvm::BasicBlock* BeginGuarded(std::uint64_t users, const std::string& name) {
    llvm::BasicBlock* const inside = NewBlock(name);
    llvm::BasicBlock* const behind = NewBlock(name + ".done");
    llvm::Value* const wanted = builder_.CreateAnd(alive_, builder_.getInt64(users));
    builder_.CreateCondBr(builder_.CreateICmpNE(wanted, builder_.getInt64(0)), inside, behind);
    builder_.SetInsertPoint(inside);
    return behind;
  }

  void EmitShared(const Part& part) {
    const std::string name = "n" + std::to_string(part.result);
    llvm::BasicBlock* const before = builder_.GetInsertBlock();
    llvm::BasicBlock* const behind = BeginGuarded(part.users, name + ".shared");
    llvm::Value* const value = EmitPart(part);
    llvm::BasicBlock* const inside = builder_.GetInsertBlock();
    builder_.CreateBr(behind);
    builder_.SetInsertPoint(behind);
    llvm::PHINode* const merged = builder_.CreatePHI(vector_, 2, name);
    merged->addIncoming(llvm::Constant::getNullValue(vector_), before);
    merged->addIncoming(value, inside);
    shared_[part.result] = merged;
  }

  void EmitOutput(const Part& part, std::uint64_t output) {
    const std::string name = "o" + std::to_string(output);
    llvm::BasicBlock* const behind = BeginGuarded(part.users, name);
    llvm::Value* const value = EmitPart(part);
    llvm::Value* const word = builder_.CreateAdd(
        builder_.CreateMul(num_words_, builder_.getInt64(output)), at_, name + ".word");
    builder_.CreateAlignedStore(
        value, builder_.CreateGEP(builder_.getInt64Ty(), function_->getArg(2), word),
        llvm::Align(8));
    llvm::Value* const is_any =
        builder_.CreateICmpNE(builder_.CreateOrReduce(value), builder_.getInt64(0));
    llvm::Value* const any_address =
        builder_.CreateConstGEP1_64(builder_.getInt8Ty(), function_->getArg(3), output);
    llvm::Value* const any = builder_.CreateLoad(builder_.getInt8Ty(), any_address, name + ".any");
    builder_.CreateStore(builder_.CreateOr(any, builder_.CreateZExt(is_any, builder_.getInt8Ty())),
                         any_address);
    builder_.CreateBr(behind);
    builder_.SetInsertPoint(behind);
  }

  /// The value of the part's result in this slice.
  llvm::Value* EmitPart(const Part& part) {
    values_ = shared_;
    for (const NodeIndex node : part.nodes) values_[node] = EmitNode(node);
    return Operand(part.result);
  }

  llvm::Value* Operand(NodeIndex index) {
    if (const auto known = values_.find(index); known != values_.end()) return known->second;
    return values_[index] = EmitNode(index);  // a leaf or a constant at its first use
  }

  llvm::Value* EmitNode(NodeIndex index) {
    const Node& node = program_.nodes[index];
    const std::string name = "n" + std::to_string(index);
    switch (node.op) {
      case Op::kFalse:
        return llvm::Constant::getNullValue(vector_);
      case Op::kTrue:
        return llvm::Constant::getAllOnesValue(vector_);
      case Op::kLeaf:
        return EmitLeaf(node.first);
      case Op::kNot:
        return builder_.CreateNot(Operand(node.first), name);
      case Op::kAnd:
      case Op::kOr:
        break;
    }
    llvm::Value* joined = Operand(program_.operands[node.first]);
    for (std::uint32_t i = 1; i < node.count; ++i) {
      llvm::Value* const operand = Operand(program_.operands[node.first + i]);
      joined = node.op == Op::kAnd ? builder_.CreateAnd(joined, operand, name)
                                   : builder_.CreateOr(joined, operand, name);
    }
    return joined;
  }

  llvm::Value* EmitLeaf(LeafIndex leaf) {
    const std::string name = LeafName(leaf);
    llvm::Type* const pointer = llvm::PointerType::getUnqual(builder_.getContext());
    llvm::Value* const bits = builder_.CreateLoad(
        pointer, builder_.CreateConstGEP1_64(pointer, function_->getArg(0), leaf), name + ".bits");
    return builder_.CreateAlignedLoad(vector_, builder_.CreateGEP(builder_.getInt64Ty(), bits, at_),
                                      llvm::Align(8), name);
  }

  const Program& program_;
  const Chunk& chunk_;
  llvm::Function* function_;
  llvm::IRBuilder<> builder_;
  llvm::Type* vector_;
  llvm::Value* num_words_ = nullptr;
  llvm::Value* alive_ = nullptr;
  llvm::Value* at_ = nullptr;  // the first word of the slice
  std::unordered_map<NodeIndex, llvm::Value*> shared_;
  std::unordered_map<NodeIndex, llvm::Value*> values_;  // in the part at hand
};

}  // namespace

std::unique_ptr<llvm::Module> EmitLlvm(const Program& program, const KernelPlan& plan,
                                       llvm::LLVMContext& context) {
  auto module = std::make_unique<llvm::Module>("tripline", context);
  std::vector<llvm::Function*> chunks;
  for (const Chunk& chunk : plan.chunks) {
    chunks.push_back(ChunkEmitter(program, chunk, *module).Emit());
  }
  llvm::Function* const kernel =
      MakeFunction(*module, kKernelSymbol, llvm::GlobalValue::ExternalLinkage);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "entry", kernel));
  std::vector<llvm::Value*> arguments;
  for (llvm::Argument& argument : kernel->args()) arguments.push_back(&argument);
  for (llvm::Function* const chunk : chunks) builder.CreateCall(chunk, arguments);
  builder.CreateRetVoid();
  return module;
}

std::string PrintLlvm(const Program& program, const KernelPlan& plan) {
  llvm::LLVMContext context;
  std::string text;
  llvm::raw_string_ostream stream(text);
  EmitLlvm(program, plan, context)->print(stream, nullptr);
  return text;
}

}  // namespace tripline::jit
